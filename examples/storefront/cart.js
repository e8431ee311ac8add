/* The cart: in this browser alone, until it is ordered. Prices in it are for showing; the server has its own. */
const KEPT = "dzbuild.cart";
const MOST = 999;
const listeners = [];
let lines = kept();

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT));
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

function change(next) {
  lines = next;
  localStorage.setItem(KEPT, JSON.stringify(lines));
  listeners.forEach((listener) => listener());
}

const same = (line, productId, variantId) => line.productId === productId && line.variantId === variantId;

export const cart = {
  get lines() {
    return lines;
  },
  get count() {
    return lines.reduce((sum, line) => sum + line.quantity, 0);
  },
  get subtotal() {
    return lines.reduce((sum, line) => sum + line.quantity * line.price, 0);
  },
  /** What the API takes as `items`. */
  get items() {
    return lines.map(({ productId, variantId, quantity }) => ({ productId: String(productId), variantId, quantity }));
  },
  /** Add a line {productId, variantId, name, variant, slug, image, price}, or more of one that is there. */
  add(line, quantity) {
    const there = lines.find((each) => same(each, line.productId, line.variantId));
    if (there) this.set(there, there.quantity + quantity);
    else change([...lines, { ...line, quantity }]);
  },
  set({ productId, variantId }, quantity) {
    const bounded = Math.min(Math.max(quantity, 0), MOST);
    const next = lines.map((line) => (same(line, productId, variantId) ? { ...line, quantity: bounded } : line));
    change(next.filter((line) => line.quantity > 0));
  },
  clear() {
    change([]);
  },
  onchange(listener) {
    listeners.push(listener);
  },
};

// Another tab of the shop changed it.
addEventListener("storage", (event) => {
  if (event.key !== KEPT) return;
  lines = kept();
  listeners.forEach((listener) => listener());
});
