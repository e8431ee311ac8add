/* The shop's shelves: lists with search, category and sort; and one product. */
import { read } from "./api.js";
import { cart } from "./cart.js";
import { el, picture, stepper } from "./dom.js";
import { PRODUCT, PRODUCTS } from "./queries.js";
import { money, sentence, text } from "./texts.js";

const SORTS = ["NEWEST", "PRICE_ASC", "PRICE_DESC", "NAME"];

const link = (parameters) => `#/?${new URLSearchParams(Object.entries(parameters).filter(([, value]) => value))}`;

/** Say something to everybody: shown for a moment, and read aloud. */
export function say(sentence) {
  const said = document.getElementById("said");
  said.textContent = sentence;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (said.textContent = ""), 5000);
}

export async function catalogueView({ opened, parameters }) {
  const search = parameters.get("q");
  const category = parameters.get("category");
  const sort = SORTS.includes(parameters.get("sort")) ? parameters.get("sort") : "NEWEST";
  const wanted = { search, category, sort };
  const [{ products: first }, shop] = await Promise.all([read(PRODUCTS, wanted), opened]);
  const called = shop.categories.find((each) => String(each.databaseId) === category)?.name;
  const title = search ? text("results", search) : called ?? text("home");
  const grid = el("ul", { class: "grid" }, first.nodes.map(card));
  const nodes = [shelves(shop.categories, category)];
  if (first.nodes.length) {
    nodes.push(sorting({ q: search, category }, sort), grid);
  } else {
    nodes.push(el("p", { class: "notice" }, search ? text("noneFor", search) : text("none"), el("br"),
      el("a", { href: "#/" }, text("goShopping"))));
  }
  if (first.pageInfo.hasNextPage) nodes.push(moreOf(wanted, first.pageInfo.endCursor, grid));
  return { title, nodes, above: search || category ? [] : [welcome(shop.store)] };
}

/** What its shoppers want to know first. */
function welcome({ banner }) {
  return el("section", { class: "welcome", "aria-label": text("welcome") },
    banner && el("div", { class: "banner" }, picture(banner, "", { loading: "eager", width: 1600, height: 400 })),
    el("ul", {}, ["payment", "everywhere", "called"].map((name) => el("li", {}, text(name)))));
}

/** The shelves that goods lie on: those without others in them, as the merchant sorts them. */
function shelves(categories, chosen) {
  const parents = new Set(categories.map((each) => each.parentId));
  const leaves = categories.filter((each) => !parents.has(each.databaseId)).sort((a, b) => a.position - b.position);
  const entry = (name, href, current) =>
    el("li", {}, el("a", { href, "aria-current": current && "page", dir: "auto" }, name));
  return el("nav", { class: "shelves", "aria-label": text("categories") }, el("ul", {},
    entry(text("home"), "#/", !chosen),
    leaves.map((each) => entry(each.name, link({ category: each.databaseId }), String(each.databaseId) === chosen))));
}

function sorting(kept, chosen) {
  const select = el("select", { onchange: () => (location.hash = link({ ...kept, sort: select.value })) },
    SORTS.map((each) => el("option", { value: each, selected: each === chosen }, text(each))));
  return el("label", { class: "sort" }, text("sort"), " ", select);
}

function card({ name, slug, price, comparePrice, primaryImage, inStock }) {
  return el("li", {}, el("a", { class: "card", href: `#/product/${encodeURIComponent(slug)}` },
    picture(primaryImage, ""),
    el("span", { class: "title", dir: "auto" }, name),
    prices(price, comparePrice),
    inStock ? saving(price, comparePrice) : el("span", { class: "badge" }, text("soldOut"))));
}

/** How much less it costs than before, where that is a whole part of it. */
function saving(price, comparePrice) {
  const part = comparePrice > price && Math.floor(100 * (1 - price / comparePrice));
  return part > 0 && el("span", { class: "badge saving", dir: "ltr" }, `−${part} %`);
}

function prices(price, comparePrice) {
  return el("span", { class: "prices" }, el("b", {}, money(price)), " ",
    comparePrice > price && el("s", {}, money(comparePrice)));
}

function moreOf(wanted, cursor, grid) {
  let after = cursor;
  const button = el("button", { type: "button", class: "more", onclick: async () => {
    button.disabled = true;
    try {
      const { nodes, pageInfo } = (await read(PRODUCTS, { ...wanted, after })).products;
      const cards = nodes.map(card);
      grid.append(...cards);
      cards[0]?.firstChild.focus({ preventScroll: true });
      after = pageInfo.endCursor;
      if (!pageInfo.hasNextPage) button.remove();
    } catch (error) {
      say(sentence(error));
    } finally {
      button.disabled = false;
    }
  } }, text("more"));
  return button;
}

export async function productView({ opened, argument: slug }) {
  const [{ product }] = await Promise.all([read(PRODUCT, { slug }), opened]);
  const { category, description, shortDescription } = product;
  const nodes = [
    category && el("p", { class: "path" }, el("a", { href: link({ category: category.databaseId }), dir: "auto" }, category.name)),
    el("div", { class: "product" },
      gallery(product),
      el("div", {},
        shortDescription && el("p", { class: "lead", dir: "auto" }, shortDescription),
        buying(product),
        description && description.split(/\n{2,}/).map((part) => el("p", { dir: "auto" }, part)))),
  ];
  return { title: product.name, nodes: nodes.filter(Boolean) };
}

function gallery({ name, images }) {
  const large = el("div", { class: "large" }, picture(images[0]?.url, images[0]?.alt || name, { loading: "eager" }));
  const show = (place) => {
    large.replaceChildren(picture(images[place].url, images[place].alt || name, { loading: "eager" }));
    small.forEach((each, at) => each.setAttribute("aria-pressed", String(at === place)));
  };
  const small = images.map((image, place) => el("button", { type: "button", "aria-label": text("picture", place + 1),
    "aria-pressed": String(place === 0), onclick: () => show(place) }, picture(image.url, "")));
  return el("div", { class: "gallery", role: "group", "aria-label": text("gallery") }, large,
    images.length > 1 && el("div", { class: "small" }, small));
}

/** The form that puts a product, or one of its variants, into the cart. */
function buying(product) {
  const { variants, inStock } = product;
  const shown = el("p", { class: "price" }, prices(product.price, product.comparePrice));
  const complaint = el("p", { class: "wrong", role: "alert" });
  const choices = variants.map((each) => el("label", {},
    el("input", { type: "radio", name: "variant", value: each.databaseId, disabled: !each.inStock, onchange: () => {
      complaint.textContent = "";
      shown.replaceChildren(prices(each.price ?? product.price, product.comparePrice));
    } }),
    el("span", { dir: "auto" }, each.name)));
  const quantity = el("input", { id: "quantity", type: "number", min: 1, max: 999, value: 1, required: true, inputmode: "numeric" });
  const submit = el("button", { type: "submit", class: "main", disabled: !inStock }, inStock ? text("add") : text("soldOut"));
  const form = el("form", { class: "buy", onsubmit: (event) => {
    event.preventDefault();
    const chosen = variants.find((each) => String(each.databaseId) === new FormData(form).get("variant"));
    if (variants.length && !chosen) {
      complaint.textContent = text("chooseFirst");
      form.querySelector("input:enabled")?.focus();
      return;
    }
    cart.add({
      productId: product.databaseId, variantId: chosen?.databaseId ?? null, name: product.name, variant: chosen?.name ?? "",
      slug: product.slug, image: product.images[0]?.url ?? "", price: chosen?.price ?? product.price,
    }, Number(quantity.value));
    say(text("added"));
    if (!form.querySelector(".next")) submit.after(el("a", { class: "next", href: "#/cart" }, text("seeCart")));
  } },
  shown,
  variants.length > 0 && el("fieldset", {}, el("legend", {}, text("choose")), el("div", { class: "choices" }, choices), complaint),
  el("div", { class: "quantity" }, el("label", { for: "quantity" }, text("quantity")), stepper(quantity)),
  submit,
  el("p", { class: "hint" }, text("payment"), " ", text("called")));
  return form;
}
