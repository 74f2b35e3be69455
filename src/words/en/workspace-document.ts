import type { WorkspaceDocumentWords } from "../catalogue.ts";

export const workspaceDocument: WorkspaceDocumentWords = {
  notBuilt: "The workspace is not built",
  notBuiltHelp:
    "Stop this server and start it with `npm start`, which builds the workspace. [Handsets](/handset) and the [API description](/openapi.json) work without it.",
};
