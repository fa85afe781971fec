import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../src/trend_agent/web/app",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the content security policy allows nothing inline
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    license: { fileName: "static/licenses.md" },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8765", "/feeds": "http://127.0.0.1:8765" } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
