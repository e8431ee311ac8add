// Runs before Scalar, which styles itself as it goes: its style elements get the nonce that the page's policy asks for, and
// style attributes are set as the policy lets a script set them. So nothing has to be let in that came from elsewhere.
(() => {
  "use strict";
  const nonce = document.querySelector("meta[property=csp-nonce]").content;
  const create = Document.prototype.createElement;
  Document.prototype.createElement = function (...given) {
    const made = create.apply(this, given);
    if (made instanceof HTMLStyleElement) made.nonce = nonce;
    return made;
  };
  const set = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function (name, value) {
    if (name === "style" && this.style) this.style.cssText = value;
    else set.call(this, name, value);
  };
  const inner = Object.getOwnPropertyDescriptor(Element.prototype, "innerHTML");
  Object.defineProperty(Element.prototype, "innerHTML", {
    ...inner,
    set(html) {
      inner.set.call(this, String(html).replace(/(<[^<>]*\s)style=/g, "$1data-styled="));
      for (const each of this.querySelectorAll("[data-styled]")) {
        each.style.cssText = each.dataset.styled;
        delete each.dataset.styled;
      }
    },
  });
})();
