// What pages do beyond their forms and links. All of them work without.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("scripted");
  const said = () => document.getElementById("said");

  // A screen reader says it; the same text twice is said twice.
  function say(text) {
    const place = said();
    if (place) place.textContent = place.textContent === text ? text + "\u00a0" : text;
  }

  async function copy(button) {
    const source = document.getElementById(button.dataset.copy);
    const label = button.querySelector("span") || button;
    const before = label.dataset.before || label.textContent;
    label.dataset.before = before;
    try {
      await navigator.clipboard.writeText(source.textContent);
      label.textContent = button.dataset.copied;
      say(button.dataset.copied);
      setTimeout(() => { label.textContent = before; }, 2000);
    } catch {
      // Without leave to write to the clipboard, what is to be copied is selected.
      getSelection().selectAllChildren(source);
    }
  }

  // A link that ticks boxes of its page: without scripts its own page has them ticked.
  function tick(event, link) {
    event.preventDefault();
    const wanted = new Set(link.dataset.values.split(" "));
    for (const box of link.closest("form").elements[link.dataset.tick]) box.checked = wanted.has(box.value);
    say(link.textContent);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
    const link = event.target.closest("[data-tick]");
    if (link) tick(event, link);
    const filling = event.target.closest("[data-fill]");
    if (filling) fill(filling);
  });

  // A column of fields that gets one value, where its row is shown.
  function fill(button) {
    const value = button.parentElement.querySelector("input").value;
    for (const field of button.form.querySelectorAll(`[name^="${button.dataset.fill}"]`)) {
      if (!field.closest("[data-row]")?.hidden) field.value = value;
    }
  }

  document.addEventListener("input", (event) => {
    const name = event.target.dataset.filter;
    if (!name) return;
    const wanted = event.target.value.trim().toLocaleLowerCase();
    for (const row of document.querySelectorAll(`[data-row="${name}"]`)) {
      row.hidden = !row.textContent.toLocaleLowerCase().includes(wanted);
    }
  });

  // A choice that is sent as soon as it is made.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-send]")) event.target.form.requestSubmit();
  });

  // A form is sent once: its key would make the second one the first again, but nobody has to wait for both.
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method === "get") return;
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    event.target.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector("meta[name=csrf]");
    if (token) event.detail.headers["X-CSRF-Token"] = token.content;
  });

  document.querySelector("[data-focus]")?.focus();
})();
