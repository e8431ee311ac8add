// The documentation beyond its links: copy buttons, one language for all examples, and a search while one types.
(() => {
  "use strict";
  const said = (text) => {
    const place = document.getElementById("said");
    if (place) place.textContent = text;
  };

  // Copy buttons are of no use without script, so they show with it.
  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = false;
    const label = button.textContent;
    button.addEventListener("click", async () => {
      const code = button.parentElement.querySelector("code");
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = button.dataset.copied;
        said(button.dataset.copied);
        setTimeout(() => { button.textContent = label; }, 2000);
      } catch {
        getSelection().selectAllChildren(code);
      }
    });
  }

  // A reader's own test key: the server tells it once, and this tab alone remembers it, for the store that it is of.
  const OWN = "docs:key";
  const bar = document.querySelector(".own-key");
  const own = {
    get: () => { try { return JSON.parse(sessionStorage.getItem(OWN)); } catch { return null; } },
    set: (value) => { try { sessionStorage.setItem(OWN, JSON.stringify(value)); } catch { /* forbidden */ } },
    forget: () => { try { sessionStorage.removeItem(OWN); } catch { /* forbidden */ } },
  };
  function fill(key) {
    for (const place of document.querySelectorAll(".your-key")) {
      place.dataset.told ??= place.textContent;
      place.textContent = !key ? place.dataset.told : place.dataset.form === "quoted" ? `"${key}"` : key;
      place.classList.toggle("filled", Boolean(key));
    }
    const making = bar?.querySelector("form");
    if (!making) return;
    making.hidden = Boolean(key);
    making.nextElementSibling.hidden = !key;
  }
  if (bar) {
    const kept = own.get();
    if (kept && kept.store !== bar.dataset.store) own.forget();
    const key = bar.dataset.key || own.get()?.key;
    if (key) fill(key);
    const making = bar.querySelector("form");
    making?.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = making.querySelector("button");
      button.disabled = true;
      const body = new URLSearchParams(new FormData(making));
      const answer = await fetch(making.action, { method: "POST", body, headers: { Accept: "application/json" } })
        .then((response) => response.json(), () => ({}));
      button.disabled = false;
      if (!answer.key) {
        making.querySelector(".hint").textContent = answer.message ?? "";
        said(answer.message ?? "");
        return;
      }
      own.set({ store: bar.dataset.store, key: answer.key });
      fill(answer.key);
      said(making.nextElementSibling.textContent.trim());
    });
    making?.nextElementSibling.querySelector("button").addEventListener("click", () => {
      own.forget();
      fill("");
      making.querySelector("button").focus();
    });
  }

  // Who reads one example in PHP wants the others so.
  const LANGUAGE = "docs:language";
  const choose = (language) => {
    for (const input of document.querySelectorAll(`.tabs > input[value="${CSS.escape(language)}"]`)) input.checked = true;
  };
  try {
    const chosen = localStorage.getItem(LANGUAGE);
    if (chosen) choose(chosen);
  } catch { /* forbidden */ }
  document.addEventListener("change", (event) => {
    if (!event.target.matches(".tabs > input")) return;
    const top = event.target.getBoundingClientRect().top;
    choose(event.target.value);
    // What is read stays where it is, however long the other examples have become.
    scrollBy(0, event.target.getBoundingClientRect().top - top);
    try { localStorage.setItem(LANGUAGE, event.target.value); } catch { /* forbidden */ }
  });

  // The same folding and weights as on the server (app/pages/docs/search.py).
  const MARKS = /[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670]/g;
  const ALIKE = { "œ": "oe", "æ": "ae", "\u0671": "\u0627", "\u0649": "\u064a", "\u0629": "\u0647" };
  const fold = (text) => text.normalize("NFKD").toLowerCase().replace(/[œæ\u0671\u0649\u0629]/g, (each) => ALIKE[each]).replace(MARKS, "");
  const MOST = 12, AROUND = 90;

  const form = document.querySelector(".search form");
  if (!form) return;
  const input = form.elements.q;
  const results = document.getElementById("results");
  let entries, selected = -1;

  const load = () => {
    entries ??= fetch(form.dataset.index).then((response) => response.json()).then((all) =>
      all.map(([path, page, heading, text]) => ({ path, page, heading, text, folded: [heading, page, text].map(fold) })));
    return entries;
  };
  const begins = (word) => new RegExp(`(?<![\\p{L}\\p{N}_])${word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`, "u");
  function score(word, pattern, [heading, page, text]) {
    return (word === heading ? 20 : pattern.test(heading) ? 12 : heading.includes(word) ? 6 : 0)
      + (pattern.test(page) ? 5 : page.includes(word) ? 3 : 0)
      + (pattern.test(text) ? 2 : text.includes(word) ? 1 : 0);
  }
  function find(all, query) {
    const words = fold(query).split(/\s+/).filter(Boolean);
    const patterns = words.map(begins);
    return all
      .map((entry) => ({ entry, scores: words.map((word, place) => score(word, patterns[place], entry.folded)) }))
      .filter(({ scores }) => scores.length && scores.every(Boolean))
      .map(({ entry, scores }) => ({ entry, words, sum: scores.reduce((one, other) => one + other) }))
      .sort((one, other) => other.sum - one.sum)
      .slice(0, MOST);
  }
  function excerpt({ text, folded }, words) {
    const place = Math.min(...words.map((word) => folded[2].indexOf(word)).filter((each) => each >= 0), text.length);
    let start = place === text.length ? 0 : Math.max(0, place - AROUND / 2);
    if (start) start = text.indexOf(" ", start) + 1;
    let shown = text.slice(start, start + 2 * AROUND);
    if (text.length > start + 2 * AROUND) shown = shown.slice(0, shown.lastIndexOf(" ")) + " …";
    return (start ? "… " : "") + shown;
  }
  const element = (name, text, attributes = {}) => {
    const made = Object.assign(document.createElement(name), attributes);
    made.textContent = text;
    return made;
  };

  function close() {
    results.hidden = true;
    selected = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
  function select(place) {
    const options = [...results.querySelectorAll("a")];
    if (!options.length) return;
    selected = (place + options.length) % options.length;
    options.forEach((option, number) => option.setAttribute("aria-selected", String(number === selected)));
    options[selected].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[selected].id);
  }
  async function show() {
    const query = input.value.trim();
    if (!query) { close(); return; }
    const all = await load();
    if (query !== input.value.trim()) return;
    const found = find(all, query);
    const told = form.dataset[found.length ? "some" : "none"].replace("{count}", found.length).replace("{query}", query);
    results.replaceChildren(...found.map(({ entry, words }, number) => {
      const option = element("a", "", { id: `result-${number}`, href: entry.path, tabIndex: -1 });
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.append(element("b", entry.heading, { dir: "auto" }));
      if (entry.page !== entry.heading) option.append(element("span", entry.page, { dir: "auto" }));
      option.append(element("span", excerpt(entry, words), { dir: "auto" }));
      return option;
    }));
    if (!found.length) {
      const nothing = element("p", told);
      nothing.setAttribute("role", "option");
      nothing.setAttribute("aria-disabled", "true");
      results.append(nothing);
    }
    said(told);
    selected = -1;
    results.hidden = false;
    input.setAttribute("aria-expanded", "true");
    input.removeAttribute("aria-activedescendant");
  }

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-controls", "results");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-autocomplete", "list");
  input.addEventListener("focus", load, { once: true });
  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (results.hidden) show(); else select(selected + (event.key === "ArrowDown" ? 1 : selected < 0 ? 0 : -1));
    } else if (event.key === "Enter" && selected >= 0) {
      event.preventDefault();
      results.querySelectorAll("a")[selected].click();
    } else if (event.key === "Escape" && !results.hidden) {
      event.preventDefault();
      close();
    }
  });
  results.addEventListener("click", close);
  document.addEventListener("click", (event) => { if (!form.contains(event.target)) close(); });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
})();
