import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { kept } from "./shared/kept";
import { preferred, speak } from "./texts";
import "./styles/index.css";

const root = document.getElementById("root");

async function start(): Promise<void> {
  await speak(preferred(kept("language"), navigator.languages)).catch(() => undefined);
  if (root) {
    createRoot(root).render(
      <StrictMode>
        <App />
      </StrictMode>,
    );
  }
}

start();
