// Light and dark: the system's choice until the reader makes one, kept in a cookie so that the page is drawn right.
const dark = matchMedia("(prefers-color-scheme: dark)");

export const theme = () => document.documentElement.dataset.theme || (dark.matches ? "dark" : "light");

export function themes(changed) {
  const button = document.querySelector(".theme-switch");
  const say = () => { button.textContent = theme() === "dark" ? button.dataset.toLight : button.dataset.toDark; };
  button.hidden = false;
  say();
  button.addEventListener("click", () => {
    const chosen = theme() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = chosen;
    document.cookie = `birlik_theme=${chosen};path=/;max-age=31536000;samesite=lax`;
    say();
    changed();
  });
  dark.addEventListener("change", () => { say(); changed(); });
}
