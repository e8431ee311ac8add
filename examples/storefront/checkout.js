/* The cart, and the form that orders what is in it. */
import { randomHex, read, ShopError, write } from "./api.js";
import { cart } from "./cart.js";
import { el, picture, stepper } from "./dom.js";
import { keepOrder, sums } from "./orders.js";
import { PLACE, QUOTE, WILAYAS } from "./queries.js";
import { money, sentence, spoken, text } from "./texts.js";

const PLACES = "dzbuild.wilayas";
const ATTEMPT = "dzbuild.attempt";
// Milliseconds that nothing has to change for before the server is asked what it comes to.
const PAUSE = 300;

export async function cartView({ opened }) {
  await opened;
  if (!cart.lines.length) return { title: text("cart"), nodes: [emptyNote()] };
  const places = await wilayas();
  const list = el("ul", { class: "lines" });
  const form = checkoutForm(places);
  const fill = () => {
    if (!cart.lines.length) layout.replaceWith(emptyNote());
    list.replaceChildren(...cart.lines.map((line) => row(line, () => {
      fill();
      form.quote();
    })));
  };
  const layout = el("div", { class: "checkout" }, el("section", { "aria-label": text("items") }, list), form.element);
  fill();
  form.quote();
  return { title: text("cart"), nodes: [layout] };
}

function emptyNote() {
  return el("p", { class: "notice" }, text("empty"), " ", el("a", { href: "#/" }, text("goShopping")));
}

function row(line, changed) {
  const called = line.variant ? `${line.name} – ${line.variant}` : line.name;
  const quantity = el("input", { type: "number", min: 1, max: 999, value: line.quantity, inputmode: "numeric",
    "aria-label": `${text("quantity")}: ${called}`, onchange: () => {
      cart.set(line, Math.round(Number(quantity.value)) || 1);
      changed();
    } });
  const remove = el("button", { type: "button", class: "quiet", "aria-label": text("remove", called), onclick: () => {
    cart.set(line, 0);
    changed();
  } }, text("removeShort"));
  return el("li", { "data-product": line.productId }, picture(line.image, ""),
    el("a", { href: `#/product/${encodeURIComponent(line.slug)}`, dir: "auto" }, called),
    stepper(quantity), el("b", {}, money(line.price * line.quantity)), remove);
}

/** The country's wilayas with their communes, asked for once a visit. */
async function wilayas() {
  const known = sessionStorage.getItem(PLACES);
  if (known) return JSON.parse(known);
  const found = (await read(WILAYAS)).wilayas;
  sessionStorage.setItem(PLACES, JSON.stringify(found));
  return found;
}

const inLanguage = (place) => (spoken() === "ar" ? place.nameAr : place.name);

function field(name, control, { hint, optional } = {}) {
  control.id = name;
  control.name = name;
  control.required = !optional;
  control.setAttribute("aria-describedby", hint ? `${name}-wrong ${name}-hint` : `${name}-wrong`);
  return el("div", { class: "field" },
    el("label", { for: name }, text(name), optional && el("small", {}, ` (${text("optional")})`)),
    control,
    hint && el("p", { class: "hint", id: `${name}-hint` }, text(hint)),
    el("p", { class: "wrong", id: `${name}-wrong` }));
}

function checkoutForm(places) {
  const control = {
    name: el("input", { maxlength: 255, autocomplete: "name", dir: "auto" }),
    phone: el("input", { type: "tel", maxlength: 32, autocomplete: "tel", dir: "ltr" }),
    wilaya: el("select", { onchange: () => { communes(); quote(); } }, el("option", { value: "" }, text("pick")),
      places.map((each) => el("option", { value: each.databaseId }, `${each.databaseId} – ${inLanguage(each)}`))),
    commune: el("select", { disabled: true }, el("option", { value: "" }, text("pick"))),
    address: el("input", { maxlength: 500, autocomplete: "street-address", dir: "auto" }),
    notes: el("textarea", { maxlength: 500, rows: 2, dir: "auto" }),
  };
  const ways = ["HOME", "DESK"].map((way) => el("label", {},
    el("input", { type: "radio", name: "way", value: way, checked: way === "HOME", onchange: quote }), el("span", {}, text(way))));
  const output = el("div", { class: "quote", "aria-live": "polite" });
  const complaint = el("p", { class: "wrong", role: "alert" });
  const submit = el("button", { type: "submit", class: "main" }, text("order"));
  const element = el("form", { class: "fields", novalidate: true, onsubmit: place },
    el("h2", {}, text("yourOrder")),
    field("name", control.name),
    field("phone", control.phone, { hint: "phoneHint" }),
    field("wilaya", control.wilaya),
    field("commune", control.commune),
    field("address", control.address, { optional: true }),
    el("fieldset", {}, el("legend", {}, text("delivery")), el("div", { class: "choices" }, ways)),
    field("notes", control.notes, { optional: true }),
    output, el("p", { class: "hint" }, text("payment")), complaint, submit);
  let pause = 0;
  let asked = 0;

  const way = () => new FormData(element).get("way");

  function communes() {
    const chosen = places.find((each) => String(each.databaseId) === control.wilaya.value);
    control.commune.disabled = !chosen;
    control.commune.replaceChildren(el("option", { value: "" }, text("pick")),
      ...(chosen?.communes ?? []).map((each) => el("option", { value: each.name }, inLanguage(each))));
  }

  /** Show what it comes to: at once by the cart's prices, then by the server's. */
  function quote() {
    clearTimeout(pause);
    const turn = ++asked;
    const wilaya = Number(control.wilaya.value);
    output.replaceChildren(sums(cart.subtotal, wilaya ? "…" : text("feeLater"), null));
    if (!wilaya || !cart.lines.length) return;
    pause = setTimeout(async () => {
      let shown;
      try {
        const { deliveryQuote } = await read(QUOTE, { wilaya, type: way(), items: cart.items });
        const { subtotal, fee, total } = deliveryQuote;
        shown = sums(subtotal, fee === null ? text("unserved") : money(fee), total);
      } catch (error) {
        shown = el("p", { class: "wrong" }, refusalOf(error));
      }
      if (turn === asked) output.replaceChildren(shown);
    }, PAUSE);
  }

  function mark(name, sentenceOfIt) {
    control[name].setAttribute("aria-invalid", "true");
    element.querySelector(`#${name}-wrong`).textContent = sentenceOfIt;
  }

  function unmark() {
    complaint.textContent = "";
    for (const name of Object.keys(control)) {
      control[name].removeAttribute("aria-invalid");
      element.querySelector(`#${name}-wrong`).textContent = "";
    }
  }

  /** Order. The key goes with what is ordered: sent again after a lost answer, it is still one order. */
  async function place(event) {
    event.preventDefault();
    unmark();
    const missing = Object.keys(control).filter((name) => control[name].required && !control[name].value.trim());
    missing.forEach((name) => mark(name, text("field.required")));
    if (missing.length) {
      control[missing[0]].focus();
      return;
    }
    const input = {
      customer: {
        name: control.name.value, phone: control.phone.value, wilayaId: Number(control.wilaya.value),
        commune: control.commune.value, address: control.address.value || null,
      },
      delivery: { type: way() },
      items: cart.items,
      notes: control.notes.value || null,
    };
    submit.disabled = true;
    submit.textContent = text("ordering");
    try {
      const { orderPlace } = await write(PLACE, { input }, keyOf(input));
      sessionStorage.removeItem(ATTEMPT);
      keepOrder(orderPlace.order);
      cart.clear();
      location.hash = "#/thanks";
    } catch (error) {
      refused(error);
    } finally {
      submit.disabled = false;
      submit.textContent = text("order");
    }
  }

  const FIELDS = {
    "customer.name": "name", "customer.phone": "phone", "customer.wilayaId": "wilaya",
    "customer.commune": "commune", "customer.address": "address", notes: "notes",
  };

  // The wilaya is one of the list: what is wrong with it is that the store does not deliver there.
  const WRONG = { phone: "field.phone", wilaya: "unserved" };

  function refused(error) {
    complaint.textContent = refusalOf(error);
    const names = (error.details ?? []).map((each) => FIELDS[each.field]).filter(Boolean);
    for (const name of names) mark(name, text(WRONG[name] ?? "field.other"));
    control[names[0]]?.focus();
  }

  return { element, quote };
}

/** What to say of an order or a quote that was refused: which product is gone, if that is why. */
function refusalOf(error) {
  if (!(error instanceof ShopError)) {
    console.error(error);
    return text("error.other");
  }
  const item = error.details.map((each) => /^items\.(\d+)\./.exec(each.field)).find(Boolean);
  if (item) return text("error.gone", cart.lines[Number(item[1])]?.name ?? "");
  return error.details.length ? text("error.fields") : sentence(error);
}

/** The idempotency key of an order: the one that it had before, when it is sent again as it was. */
function keyOf(input) {
  const told = JSON.stringify(input);
  const before = JSON.parse(sessionStorage.getItem(ATTEMPT) ?? "{}");
  if (before.told === told) return before.key;
  const key = randomHex();
  sessionStorage.setItem(ATTEMPT, JSON.stringify({ told, key }));
  return key;
}
