/** The page of an address that has none, and of a page whose code failed or could not be loaded. */
import { isRouteErrorResponse, useRouteError } from "react-router";
import { paths } from "../paths.ts";
import { Failure, Notice } from "../ui/PageStates.tsx";
import { words } from "../words.ts";

const { states } = words;

export const NotFound = () => (
  <Notice
    icon="search"
    title={states.notFoundTitle}
    action={
      <a className="button strong" href={paths.requests()}>
        {states.backToStart}
      </a>
    }
  >
    {states.notFound}
  </Notice>
);

export function RouteFailure() {
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFound />;
  // After an update, an open page still names the files of the version before.
  if (error instanceof TypeError && /import|module|fetch/i.test(error.message)) return <Outdated />;
  return <Failure error={error} onRetry={() => window.location.reload()} />;
}

const Outdated = () => (
  <Notice
    icon="again"
    title={states.newVersionTitle}
    action={
      <button type="button" className="button strong" onClick={() => window.location.reload()}>
        {states.reload}
      </button>
    }
  >
    {states.newVersion}
  </Notice>
);
