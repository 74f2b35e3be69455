/** The tabs of an application's page. */
export type ApplicationTab = "keys" | "products" | "sources" | "callbacks" | "history" | "settings";

/** The addresses of the workspace. Every link is made here, so that a page can move without broken links. */
export const paths = {
  start: () => "/app",
  requests: (search = "") => `/app/requests${search}`,
  payments: (search = "") => `/app/payments${search}`,
  payment: (market: string, conversationId: string) => `/app/payments/${market}/${conversationId}`,
  errors: () => "/app/errors",
  sendRequest: (search = "") => `/app/send-request${search}`,
  sandbox: () => "/app/sandbox",
  applications: () => "/app/applications",
  application: (id: string, tab: ApplicationTab = "keys") =>
    `/app/applications/${id}${tab === "keys" ? "" : `/${tab}`}`,
  profile: () => "/app/profile",
  /** `next`: the page to return to. */
  signIn: (next?: string) =>
    next === undefined ? "/app/sign-in" : `/app/sign-in?next=${encodeURIComponent(next)}`,
  register: () => "/app/register",
  activate: () => "/app/activate",
  reset: () => "/app/reset",
  phone: () => "/app/phone",
} as const;
