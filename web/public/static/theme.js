// Before anything is drawn, so that a page chosen dark never flashes bright.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch {
  // a browser that keeps nothing follows the system
}
