/** Builds the workspace. `tools/build-portal.mjs` runs it, and writes the compressed copies of the files. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/app/",
  plugins: [react()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    // The policy of the page forbids `data:`.
    assetsInlineLimit: 0,
    sourcemap: false,
    reportCompressedSize: false,
    target: "es2023",
    // A test has the limit for what the first page loads (test/browser/portal).
    chunkSizeWarningLimit: 700,
  },
});
