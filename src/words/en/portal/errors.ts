/** The errors by their cause. */
export const errors = {
  title: "Errors",
  lead: "Responses with an error status, by application, call and code, most frequent first.",
  span: "Span",
  spans: { hour: "1 hour", day: "1 day", week: "7 days", month: "30 days" },
  caption: "Errors by cause",
  code: "Code",
  call: "Call",
  application: "Application",
  market: "Market",
  count: "Requests",
  first: "First seen",
  last: "Last seen",
  toRequests: (code: string) => `Show the requests with ${code}`,
  emptyTitle: "No errors",
  empty: "No request of your applications got an error in this span.",
};
