/** Starts the workspace in the browser. */
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import "../../src/web/look/theme.css";
import { queryClient } from "./api/queries.ts";
import { router } from "./routes.tsx";

const root = document.querySelector("#root");
if (root === null) throw new Error("the document has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
