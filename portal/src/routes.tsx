/** The pages of the workspace. Each noun's page is loaded when it is opened. */
import { createBrowserRouter, redirect, type RouteObject } from "react-router";
import { paths } from "./paths.ts";
import { NotFound, RouteFailure } from "./shell/RouteFailure.tsx";
import { Shell } from "./shell/Shell.tsx";

const pages: readonly RouteObject[] = [
  {
    path: paths.requests(),
    lazy: async () => ({ Component: (await import("./requests/RequestsPage.tsx")).RequestsPage }),
  },
  {
    path: paths.errors(),
    lazy: async () => ({ Component: (await import("./errors/ErrorsPage.tsx")).ErrorsPage }),
  },
  {
    path: paths.payments(),
    lazy: async () => ({ Component: (await import("./payments/PaymentsPage.tsx")).PaymentsPage }),
  },
  {
    path: paths.payment(":market", ":conversation"),
    lazy: async () => ({ Component: (await import("./payments/PaymentPage.tsx")).PaymentPage }),
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
