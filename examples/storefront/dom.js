/* Elements without innerHTML: whatever a store has in its texts stays text. */
import { text } from "./texts.js";

/** Make an element: attributes that are false or null are left out, `on…` are listeners, children are nodes or text. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A picture that leaves its plain background when it can't be loaded. */
export function picture(url, alt, attributes = {}) {
  if (!url) return el("span", { class: "picture", "aria-hidden": "true" });
  const image = el("img", { src: url, alt, loading: "lazy", decoding: "async", width: 600, height: 600, ...attributes });
  image.addEventListener("error", () => image.remove());
  return el("span", { class: "picture" }, image);
}

/** A number with a button for one less and one more: thumbs hit those better than a browser's own arrows. */
export function stepper(input) {
  const step = (by, name, sign) => el("button", { type: "button", "aria-label": text(name), onclick: () => {
    const wanted = (Number(input.value) || 0) + by;
    if (wanted < Number(input.min) || wanted > Number(input.max)) return;
    input.value = wanted;
    input.dispatchEvent(new Event("change"));
  } }, sign);
  return el("div", { class: "stepper" }, step(-1, "fewer", "−"), input, step(1, "more1", "+"));
}

/** The colour of text, dark or white, that is easier to read on a background (WCAG's relative luminance). */
export function readableOn(color) {
  const channels = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color)?.slice(1) ?? ["00", "00", "00"];
  const [r, g, b] = channels.map((each) => {
    const part = parseInt(each, 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.3 ? "#1b1b1b" : "#ffffff";
}
