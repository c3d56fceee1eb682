# UKHSA's calculate_dsr on one table, timed without reading it. See standardised_rates.py.
#
# Run by it as: Rscript standardised_rates.R FOLDER table.csv rates.csv CALLS
# where FOLDER holds the sources of PHEindicatormethods. Prints the processor seconds of a call,
# and by how many MB its peak of memory is above what the table took.

suppressPackageStartupMessages({
  library(dplyr)
  library(purrr)
  library(rlang)
  library(tidyr)
})
given <- commandArgs(trailingOnly = TRUE)

for (file in c("utils.R", "DSR.R")) {
  lines <- readLines(file.path(given[1], "R", file))
  if (packageVersion("dplyr") < "1.1.0") {
    # case_when() had another way to say "else".
    lines <- gsub(".default =", "TRUE ~", lines, fixed = TRUE)
  }
  eval(parse(text = lines))
}

memory <- function(name) {
  line <- grep(paste0("^", name, ":"), readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}

data <- as.data.frame(data.table::fread(given[2]))
grouped <- group_by(data, area, ethnic_group)
invisible(gc())
before <- memory("VmRSS")
cat("5", file = "/proc/self/clear_refs") # the peak from here on
seconds <- c()
for (call in seq_len(as.integer(given[4]))) {
  times <- system.time(
    rates <- calculate_dsr(grouped, events, population, stdpop = standard)
  )
  seconds[call] <- times[["user.self"]] + times[["sys.self"]]
  if (call == 1) peak <- memory("VmHWM")
}
data.table::fwrite(rates[c("area", "ethnic_group", "value", "lowercl", "uppercl")], given[3])
cat(
  median(seconds), peak - before,
  as.character(packageVersion("dplyr")), as.character(getRversion())
)
