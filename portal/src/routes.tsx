/** The pages of the workspace. Each noun's page is loaded when it is opened. */
import { createBrowserRouter, redirect, type RouteObject } from "react-router";
import { paths } from "./paths.ts";
import { NotFound, RouteFailure } from "./shell/RouteFailure.tsx";
import { Shell } from "./shell/Shell.tsx";

const pages: readonly RouteObject[] = [
  {
    path: paths.applications(),
    lazy: async () => ({
      Component: (await import("./applications/ApplicationsPage.tsx")).ApplicationsPage,
    }),
  },
  {
    path: `${paths.application(":id")}/:tab?`,
    lazy: async () => ({
      Component: (await import("./applications/ApplicationPage.tsx")).ApplicationPage,
    }),
  },
];

export const router = createBrowserRouter([
  {
    element: <Shell />,
    errorElement: <RouteFailure />,
    hydrateFallbackElement: <></>,
    children: [
      { path: paths.start(), loader: () => redirect(paths.requests()) },
      { errorElement: <RouteFailure />, children: [...pages, { path: "*", element: <NotFound /> }] },
    ],
  },
]);
