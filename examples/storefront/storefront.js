/* The page itself: its header, which view an address shows, and what is shown while it loads or fails. */
import { configured, read, ShopError } from "./api.js";
import { cart } from "./cart.js";
import { catalogueView, productView, say } from "./catalogue.js";
import { cartView } from "./checkout.js";
import { el, readableOn } from "./dom.js";
import { thanksView, trackView } from "./orders.js";
import { SHOP } from "./queries.js";
import { chosenLanguage, LANGUAGES, sentence, speak, spoken, text } from "./texts.js";

const VIEWS = { "": catalogueView, product: productView, cart: cartView, thanks: thanksView, track: trackView };
const main = document.getElementById("main");
let shop = { store: null, categories: [] };
let shown = 0;

/** Show the view of the address: `#/product/slug?name=value`. A newer address overtakes one that still loads. */
async function show() {
  const turn = ++shown;
  const [path, parameters] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, ...rest] = path.split("/").map(decodeURIComponent);
  const view = VIEWS[name];
  say("");
  main.setAttribute("aria-busy", "true");
  const waiting = setTimeout(() => main.replaceChildren(el("p", { class: "notice" }, text("loading"))), 250);
  let content;
  try {
    if (!configured) throw new ShopError("unconfigured", "");
    // A view asks for what it shows while the shop is still being asked what it is: on a slow line that is half the wait.
    const opened = shop.store ? shop : open();
    content = await (view ?? missingView)({ opened, argument: rest[0], parameters: new URLSearchParams(parameters) });
  } catch (error) {
    content = failed(error);
  }
  clearTimeout(waiting);
  if (turn !== shown) return;
  main.removeAttribute("aria-busy");
  main.replaceChildren(...(content.above ?? []), el("h1", { tabindex: -1, dir: "auto" }, content.title), ...content.nodes);
  document.title = [content.title, shop.store?.name].filter(Boolean).join(" – ");
  // Readers of the screen hear the new view; not at the first one, where nothing has been left.
  if (turn > 1) main.querySelector("h1").focus({ preventScroll: true });
  scrollTo(0, 0);
}

async function missingView({ opened }) {
  await opened;
  return { title: text("notFoundPage"), nodes: [el("p", {}, el("a", { href: "#/" }, text("home")))] };
}

function failed(error) {
  if (!(error instanceof ShopError)) console.error(error);
  const retry = el("button", { type: "button", class: "main", onclick: show }, text("retry"));
  return { title: sentence(error), nodes: error.code === "not_found" || error.code === "unconfigured" ? [] : [retry] };
}

/** Ask once what the shop is: its name, colours, language and shelves; returns it. */
async function open() {
  const { store, categories } = await read(SHOP);
  shop = { store, categories: categories.nodes };
  const { primaryColor, secondaryColor, backgroundColor, fontFamily } = store.theme;
  const style = document.documentElement.style;
  style.setProperty("--primary", primaryColor);
  style.setProperty("--on-primary", readableOn(primaryColor));
  style.setProperty("--secondary", secondaryColor);
  style.setProperty("--on-secondary", readableOn(secondaryColor));
  style.setProperty("--background", backgroundColor);
  style.setProperty("--font", JSON.stringify(fontFamily));
  speak(chosenLanguage() ?? store.language.toLowerCase());
  frame();
  return shop;
}

function frame() {
  document.querySelector(".skip").textContent = text("skip");
  const { store } = shop;
  const name = el("a", { class: "name", href: "#/" },
    store?.logo && el("img", { src: store.logo, alt: "", width: 40, height: 40 }),
    el("span", { dir: "auto" }, store?.name ?? ""));
  const wanted = el("input", { type: "search", name: "q", maxlength: 255, autocomplete: "off", enterkeyhint: "search",
    "aria-label": text("searchFor"), placeholder: text("searchFor"), dir: "auto" });
  const search = el("form", { role: "search", onsubmit: (event) => {
    event.preventDefault();
    location.hash = wanted.value.trim() ? `#/?${new URLSearchParams({ q: wanted.value.trim() })}` : "#/";
  } }, wanted, el("button", { type: "submit" }, text("search")));
  const languages = el("div", { class: "languages", role: "group", "aria-label": text("language") },
    Object.entries(LANGUAGES).map(([code, [called, short]]) => el("button",
      { type: "button", lang: code, "aria-label": `${short} – ${called}`, "aria-pressed": String(code === spoken()), onclick: () => {
        speak(code, true);
        frame();
        show();
      } }, short)));
  const links = el("nav", { "aria-label": text("cart") },
    el("a", { href: "#/track" }, text("track")),
    el("a", { href: "#/cart", class: "cart" }, el("span", {}, text("cart")), " ", el("b", { class: "count" }, String(cart.count))));
  document.getElementById("header").replaceChildren(name, search, links, languages);
  document.getElementById("footer").replaceChildren(
    el("p", { class: "name" }, el("span", { dir: "auto" }, store?.name ?? "")),
    el("p", { dir: "auto" }, store?.description ?? ""));
}

cart.onchange(() => {
  const count = document.querySelector(".count");
  if (count) count.textContent = String(cart.count);
});
document.querySelector(".skip").addEventListener("click", (event) => {
  // The address is the view's: the link must not change it.
  event.preventDefault();
  main.focus();
});
addEventListener("hashchange", show);
speak(chosenLanguage() ?? navigator.language.slice(0, 2));
show();
