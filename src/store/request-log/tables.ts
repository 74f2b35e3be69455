/** The tables of the request log: nothing else depends on them. */
export const requestLogTables = [
  "request_log",
  "request_log_blocks",
  "request_log_omissions",
  "request_log_rollups",
  "request_log_segments",
  "request_log_series",
  "request_log_state",
] as const;
