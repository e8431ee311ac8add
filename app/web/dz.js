/*! DZBuild tag: counts signups and events of a page.
 *
 *   <script src="https://api.dzbuild.app/dz.js" data-key="dzpub_live_…" data-secret="…" async></script>
 *   dz.signup({email: "amina@example.dz", source: "spring"});
 *   dz.event("add_to_cart", {product_id: 43});
 *
 * What got no answer of success waits in localStorage and goes again, newly signed under the same Idempotency-Key, so it
 * counts once however often it is sent.
 */
(function () {
  "use strict";
  var script = document.currentScript;
  var key = script.dataset.key;
  var base = (script.dataset.base || new URL(script.src).origin).replace(/\/+$/, "").replace(/\/v1$/, "");
  var store = "dz:" + key + ":";
  // A signature holds for 300 s and an Idempotency-Key for 24 h: what was sent and not answered for longer might count
  // twice. What was never sent may wait for a week.
  var SIGNATURE = 200e3, SENT = 23 * 3600e3, UNSENT = 7 * 24 * 3600e3, MOST = 500, LONGEST = 300e3;
  var signed = {}, flying = {}, memory = {}, running = false, failures = 0, timer;
  var encoder = new TextEncoder();
  var secret = crypto.subtle && crypto.subtle.importKey(
    "raw", encoder.encode(script.dataset.secret), {name: "HMAC", hash: "SHA-256"}, false, ["sign"]);
  if (!secret) console.warn("dz.js needs https: nothing is sent");

  function hex(buffer) {
    return Array.from(new Uint8Array(buffer), function (b) { return (b + 256).toString(16).slice(1); }).join("");
  }

  // An item each, as other tabs of the site write at the same time. Without localStorage the page's memory has to do.
  function load() {
    var found = Object.assign({}, memory);
    try {
      Object.keys(localStorage).forEach(function (name) {
        if (name.indexOf(store) === 0) found[name] = JSON.parse(localStorage.getItem(name));
      });
    } catch (e) { /* forbidden */ }
    return Object.values(found).filter(Boolean).sort(function (a, b) { return a.at - b.at; });
  }
  function save(entry) {
    try { localStorage.setItem(store + entry.id, JSON.stringify(entry)); } catch (e) { memory[store + entry.id] = entry; }
  }
  function drop(entry) {
    delete memory[store + entry.id];
    try { localStorage.removeItem(store + entry.id); } catch (e) { /* forbidden */ }
  }

  async function sign(entry) {
    var nonce = hex(crypto.getRandomValues(new Uint8Array(16)).buffer);
    var time = String(Math.floor(Date.now() / 1000));
    var hash = hex(await crypto.subtle.digest("SHA-256", encoder.encode(entry.body)));
    var text = encoder.encode([key, nonce, time, hash].join("\n"));
    signed[entry.id] = {
      at: Date.now(),
      headers: {
        "Authorization": "DZ-Public " + key,
        "Content-Type": "application/json",
        "Idempotency-Key": entry.id,
        "X-DZ-Timestamp": time,
        "X-DZ-Nonce": nonce,
        "X-DZ-Signature": hex(await crypto.subtle.sign("HMAC", await secret, text)),
      },
    };
  }

  // Each signature is used once, as its nonce is.
  function send(entry) {
    var headers = signed[entry.id].headers;
    delete signed[entry.id];
    entry.sent = entry.sent || Date.now();
    save(entry);
    return fetch(base + "/v1/" + entry.path, {method: "POST", headers: headers, body: entry.body, keepalive: true});
  }

  function wanted(entry) {
    return entry.sent ? Date.now() - entry.sent < SENT : Date.now() - entry.at < UNSENT;
  }

  async function attempt(entry) {
    if (!signed[entry.id] || Date.now() - signed[entry.id].at > SIGNATURE) await sign(entry);
    flying[entry.id] = true;
    try {
      var response = await send(entry);
      // What was refused for what it says is refused again; a refusal of when it came is not.
      if (response.ok || [400, 403, 404, 413, 415, 422].indexOf(response.status) >= 0) {
        if (!response.ok) console.warn("dz.js: refused", response.status, (await response.text()).slice(0, 300));
        drop(entry);
        return 0;
      }
      return (Number((await response.json()).error.retry_after) || 1) * 1000;
    } catch (e) {
      return 1000;
    } finally {
      delete flying[entry.id];
    }
  }

  async function run() {
    clearTimeout(timer);
    if (running || !secret) return;
    running = true;
    try {
      for (;;) {
        var entry = load().filter(function (each) { return wanted(each) || drop(each); })[0];
        if (!entry) return;
        var wait = await attempt(entry);
        if (wait) {
          wait = Math.max(wait, Math.min(500 * Math.pow(2, failures++), LONGEST) * (0.5 + Math.random()));
          timer = setTimeout(run, wait);
          load().forEach(function (each) { if (!signed[each.id]) sign(each); });
          return;
        }
        failures = 0;
      }
    } finally {
      running = false;
    }
  }

  // A page that closes has no time to sign: what waits is signed already, and the browser sends it after the page's end.
  function leave() {
    load().filter(wanted).forEach(function (entry) {
      if (signed[entry.id] && !flying[entry.id]) send(entry).then(function (response) {
        if (response.ok) drop(entry);
      }, function () {});
    });
  }

  function put(path, body) {
    var entry = {id: crypto.randomUUID(), path: path, body: JSON.stringify(body), at: Date.now()};
    load().slice(0, 1 - MOST).forEach(drop);
    save(entry);
    if (secret) sign(entry).then(run);
  }

  addEventListener("pagehide", leave);
  addEventListener("online", run);
  window.dz = {
    signup: function (person) { put("signups", person); },
    event: function (name, properties) { put("events", {name: name, properties: properties || {}}); },
    waiting: function () { return load().length; },
  };
  run();
})();
