/** The faces of a page that has no content yet: loading, and every kind of failure. A page shows one of them or itself. */
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { CallError } from "../api/call.ts";
import { paths } from "../paths.ts";
import { words } from "../words.ts";
import { Icon, type IconName } from "./Icon.tsx";

interface NoticeProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

export const Notice = ({ icon, title, children, action }: NoticeProps) => (
  <div className="card empty">
    <Icon name={icon} />
    <h2>{title}</h2>
    {children === undefined ? null : <p>{children}</p>}
    {action}
  </div>
);

/** Rows of the height that the content will have, so that nothing moves when it arrives. */
export const Loading = ({ rows = 6 }: { readonly rows?: number }) => (
  <div className="card card-body stack" aria-busy="true" aria-label={words.states.loading}>
    {Array.from({ length: rows }, (_, index) => (
      <span key={index} className="ghost" />
    ))}
  </div>
);

export function Failure({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const { states } = words;
  const status = error instanceof CallError ? error.status : null;
  const message = error instanceof Error ? error.message : String(error);
  if (status === 401)
    return (
      <Notice
        icon="lock"
        title={states.sessionTitle}
        action={
          <a className="button strong" href={paths.signIn(window.location.pathname + window.location.search)}>
            {states.signInButton}
          </a>
        }
      >
        {states.session}
      </Notice>
    );
  if (status === 403)
    return (
      <Notice icon="lock" title={states.forbiddenTitle}>
        {message}
      </Notice>
    );
  if (status === 404)
    return (
      <Notice
        icon="search"
        title={states.notFoundTitle}
        action={
          <a className="button" href={paths.requests()}>
            {states.backToStart}
          </a>
        }
      >
        {message}
      </Notice>
    );
  return (
    <Notice
      icon="warning"
      title={states.errorTitle}
      action={
        onRetry === undefined ? undefined : (
          <button type="button" className="button strong" onClick={onRetry}>
            {states.tryAgain}
          </button>
        )
      }
    >
      {message}
    </Notice>
  );
}

interface QueryProps<T> {
  readonly query: UseQueryResult<T>;
  readonly children: (data: T) => ReactNode;
  readonly rows?: number;
}

/** Shows a query's data, or the face that its state needs. */
export function Query<T>({ query, children, rows = 6 }: QueryProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  return <Loading rows={rows} />;
}
