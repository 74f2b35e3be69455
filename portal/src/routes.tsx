/** The pages of the workspace. Each noun's page is loaded when it is opened. */
import { createBrowserRouter, redirect, type RouteObject } from "react-router";
import { paths } from "./paths.ts";
import { NotFound, RouteFailure } from "./shell/RouteFailure.tsx";
import { NarrowShell } from "./shell/NarrowShell.tsx";
import { Shell } from "./shell/Shell.tsx";
import { Loading } from "./ui/PageStates.tsx";

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
  {
    path: paths.sandbox(),
    lazy: async () => ({ Component: (await import("./sandbox/SandboxPage.tsx")).SandboxPage }),
  },
  {
    path: paths.sendRequest(),
    lazy: async () => ({ Component: (await import("./send-request/SendRequestPage.tsx")).SendRequestPage }),
  },
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
  {
    path: paths.profile(),
    lazy: async () => ({ Component: (await import("./account/ProfilePage.tsx")).ProfilePage }),
  },
];

/** Pages without the navigation, for people who may not be signed in. */
const narrowPages: readonly RouteObject[] = [
  {
    path: paths.register(),
    lazy: async () => ({ Component: (await import("./account/RegisterPage.tsx")).RegisterPage }),
  },
  {
    path: paths.signIn(),
    lazy: async () => ({ Component: (await import("./account/SignInPage.tsx")).SignInPage }),
  },
  {
    path: paths.activate(),
    lazy: async () => ({ Component: (await import("./account/ActivatePage.tsx")).ActivatePage }),
  },
  {
    path: paths.reset(),
    lazy: async () => ({ Component: (await import("./account/ResetPage.tsx")).ResetPage }),
  },
  {
    path: paths.phone(),
    lazy: async () => ({ Component: (await import("./account/PhonePage.tsx")).PhonePage }),
  },
];

export const router = createBrowserRouter([
  {
    element: <NarrowShell />,
    errorElement: <RouteFailure />,
    hydrateFallbackElement: <></>,
    children: [{ errorElement: <RouteFailure />, children: [...narrowPages] }],
  },
  {
    element: <Shell />,
    errorElement: <RouteFailure />,
    hydrateFallbackElement: <></>,
    children: [
      { path: paths.start(), loader: () => redirect(paths.requests()) },
      {
        errorElement: <RouteFailure />,
        // While the code of the first page is loaded.
        hydrateFallbackElement: <Loading />,
        children: [...pages, { path: "*", element: <NotFound /> }],
      },
    ],
  },
]);
