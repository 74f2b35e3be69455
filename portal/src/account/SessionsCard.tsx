/** The browsers in which the developer is signed in. */
import { useQuery } from "@tanstack/react-query";
import { call } from "../api/call.ts";
import { read, refresh } from "../api/queries.ts";
import { Query } from "../ui/PageStates.tsx";
import { showToast } from "../ui/toasts.tsx";
import { words } from "../words.ts";

const { account } = words;

const formatTime = (at: string): string =>
  new Date(at).toLocaleString(words.language, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });

/** `Firefox, Linux`: enough to tell browsers apart. */
function describeBrowser(userAgent: string): string {
  const browser = /(Edg|OPR|Firefox|HeadlessChrome|Chrome|Safari)\//.exec(userAgent)?.[1];
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(userAgent)?.[1];
  const names: Readonly<Record<string, string>> = {
    Edg: "Edge",
    OPR: "Opera",
    HeadlessChrome: "Chrome",
    "Mac OS X": "macOS",
  };
  const parts = [browser, system].filter((part) => part !== undefined).map((part) => names[part] ?? part);
  return parts.length === 0 ? account.unknownBrowser : parts.join(", ");
}

async function end(id: string | null): Promise<void> {
  try {
    await (id === null
      ? call("DELETE /account/sessions")
      : call("DELETE /account/sessions/{id}", { params: { id } }));
    showToast(account.sessionEndedToast);
  } catch (error) {
    showToast(error instanceof Error ? error.message : String(error), { tone: "danger" });
  }
  await refresh("/account", "/session");
}

export function SessionsCard() {
  const query = useQuery(read("GET /account/sessions"));
  return (
    <section className="card card-body stack">
      <div className="between">
        <h2>{account.sessions}</h2>
        {(query.data?.sessions.length ?? 0) > 1 ? (
          <button type="button" className="button small" onClick={() => void end(null)}>
            {account.endOthers}
          </button>
        ) : null}
      </div>
      <Query query={query} rows={2}>
        {({ sessions }) =>
          sessions.length === 0 ? (
            <p className="muted">{account.noSessions}</p>
          ) : (
            <ul className="stack">
              {sessions.map(({ id, userAgent, address, usedAt, isCurrent }) => (
                <li key={id} className="between">
                  <div>
                    <p>{describeBrowser(userAgent)}</p>
                    <p className="muted small">
                      {address} · {account.lastUsed(formatTime(usedAt))}
                    </p>
                  </div>
                  {isCurrent ? (
                    <span className="tag nowrap">{account.thisSession}</span>
                  ) : (
                    <button type="button" className="button small" onClick={() => void end(id)}>
                      {account.end}
                    </button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Query>
    </section>
  );
}
