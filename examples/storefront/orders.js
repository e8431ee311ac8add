/* An order that was placed, and what became of it. */
import { read, ShopError } from "./api.js";
import { el } from "./dom.js";
import { TRACK } from "./queries.js";
import { moment, money, sentence, text } from "./texts.js";

const LAST = "dzbuild.order";

/** Keep the last order for the page that says thanks; it has nobody's name or number in it. */
export function keepOrder(order) {
  sessionStorage.setItem(LAST, JSON.stringify(order));
}

export async function thanksView({ opened }) {
  await opened;
  const order = JSON.parse(sessionStorage.getItem(LAST));
  if (!order) return { title: text("track"), nodes: trackForm("") };
  return { title: text("thanks"), nodes: [
    el("p", { class: "number" }, text("number"), el("strong", { dir: "ltr" }, order.orderNumber)),
    el("p", {}, text("thanksNote")),
    summary(order),
    el("p", {},
      el("a", { class: "main", href: `#/track?${new URLSearchParams({ number: order.orderNumber })}` }, text("track")),
      " ", el("a", { href: "#/" }, text("goShopping"))),
  ] };
}

export async function trackView({ opened, parameters }) {
  await opened;
  return { title: text("track"), nodes: trackForm(parameters.get("number") ?? "") };
}

function trackForm(known) {
  const number = el("input", { id: "number", required: true, maxlength: 60, dir: "ltr", autocomplete: "off", spellcheck: "false", value: known });
  const phone = el("input", { id: "phone", type: "tel", required: true, maxlength: 32, dir: "ltr", autocomplete: "tel", "aria-describedby": "phone-hint" });
  const complaint = el("p", { class: "wrong", role: "alert" });
  const found = el("div", { "aria-live": "polite" });
  const submit = el("button", { type: "submit", class: "main" }, text("show"));
  const form = el("form", { class: "fields", onsubmit: async (event) => {
    event.preventDefault();
    complaint.textContent = "";
    found.replaceChildren();
    submit.disabled = true;
    try {
      const { orderTrack } = await read(TRACK, { number: number.value, phone: phone.value });
      found.replaceChildren(...tracked(orderTrack));
    } catch (error) {
      if (!(error instanceof ShopError)) throw error;
      const wrongPhone = error.details.some((each) => each.field === "phone");
      complaint.textContent = wrongPhone ? text("field.phone")
        : ["not_found", "bad_request"].includes(error.code) ? text("error.track") : sentence(error);
    } finally {
      submit.disabled = false;
    }
  } },
  el("p", {}, text("trackNote")),
  el("div", { class: "field" }, el("label", { for: "number" }, text("number")), number),
  el("div", { class: "field" }, el("label", { for: "phone" }, text("phone")), phone,
    el("p", { class: "hint", id: "phone-hint" }, text("phoneHint"))),
  complaint, submit);
  return [form, found];
}

function tracked(order) {
  const { courier, trackingNumber } = order.delivery;
  return [
    el("h2", {}, text("status"), ": ", el("span", { class: "status" }, text(order.status))),
    el("h3", {}, text("history")),
    el("ol", { class: "history" }, order.timeline.map((each) => el("li", {},
      el("b", {}, text(each.to)), " ", el("time", { datetime: each.at }, moment(each.at))))),
    (courier || trackingNumber) && el("dl", {},
      courier && [el("dt", {}, text("courier")), el("dd", { dir: "auto" }, courier)],
      trackingNumber && [el("dt", {}, text("parcel")), el("dd", { dir: "ltr" }, trackingNumber)]),
    summary(order),
  ].filter(Boolean);
}

/** What was ordered, and what it comes to. */
function summary(order) {
  return el("section", { class: "summary", "aria-label": text("yourOrder") },
    el("h2", {}, text("yourOrder")),
    el("ul", {}, order.items.map(({ name, variant, quantity, total }) => el("li", {},
      el("span", { dir: "auto" }, variant ? `${name} – ${variant}` : name), el("span", {}, ` × ${quantity}`), el("b", {}, money(total))))),
    sums(order.subtotal, money(order.deliveryFee), order.total, order.discount));
}

/** The sums of an order; what isn't known yet is a text. */
export function sums(subtotal, fee, total, discount = 0) {
  const row = (name, value, className) => el("div", { class: className }, el("dt", {}, text(name)), el("dd", {}, value));
  return el("dl", { class: "sums" },
    row("subtotal", money(subtotal)),
    discount > 0 && row("discount", `− ${money(discount)}`),
    row("fee", fee),
    row("total", total === null ? "…" : money(total), "total"));
}
