/* The forms of an offline day sheet. Entries are only ever added: a change is a new entry that
   stands for the first one. They stay on the device until they are saved as a file. */
(function () {
  "use strict";
  const sheet = JSON.parse(document.getElementById("data").textContent);
  const said = (key, values) =>
    sheet.said[key].replace(/\{(\w+)\}/g, (_, name) => (values || {})[name]);
  const one = (selector) => document.querySelector(selector);
  const HANDED = sheet.storage + " handed in";
  let entries = [];
  let handed = 0;
  let keeps = true; // whether the browser lets this file keep something

  function load() {
    try {
      entries = JSON.parse(localStorage.getItem(sheet.storage) || "[]");
      handed = +(localStorage.getItem(HANDED) || 0);
      localStorage.setItem(sheet.storage + " tried", "1");
      localStorage.removeItem(sheet.storage + " tried");
    } catch (error) {
      keeps = false;
    }
  }

  // Another window of the same sheet may have added some: nothing of either is lost.
  function keep(entry) {
    try {
      const there = JSON.parse(localStorage.getItem(sheet.storage) || "[]");
      const known = new Set(there.map((e) => e.visit_id));
      entries = there.concat(entries.filter((e) => !known.has(e.visit_id)));
      if (entry) entries.push(entry);
      localStorage.setItem(sheet.storage, JSON.stringify(entries));
    } catch (error) {
      keeps = false;
      if (entry && !entries.includes(entry)) entries.push(entry);
    }
  }

  // A version 7 UUID: its first part is the time, so that a later entry has the greater id.
  let last = 0;
  function newId() {
    last = Math.max(Date.now(), last + 1);
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    let time = last;
    for (let i = 5; i >= 0; i--) {
      bytes[i] = time % 256;
      time = Math.floor(time / 256);
    }
    bytes[6] = 0x70 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
      .join("-");
  }

  const current = (candidate) => {
    const mine = entries.filter((e) => e.candidate_id === candidate);
    return mine.reduce((newest, e) => (!newest || e.visit_id > newest.visit_id ? e : newest), null);
  };

  function words(entry) {
    const told = [sheet.outcomes[entry.outcome]];
    entry.services.forEach((code) => told.push(sheet.services[code]));
    if (entry.minutes !== null) told.push(said("minutes", { number: entry.minutes }));
    if (entry.sharps) told.push(said("needles", { number: entry.sharps }));
    if (entry.police_involved) told.push(said("police"));
    return told.join(", ");
  }

  function show() {
    if (sheet.draft) return;
    const list = one("#kept");
    list.textContent = "";
    sheet.shifts.forEach((shift, s) => {
      shift.stops.forEach((stop) => {
        const box = document.getElementById("stop-" + s + "-" + stop.order);
        const entry = current(stop.id);
        const button = box.querySelector("button.log");
        const line = box.querySelector(".entry");
        line.hidden = !entry;
        button.textContent = said(entry ? "change" : "log");
        button.classList.toggle("logged", Boolean(entry));
        if (!entry) return;
        line.textContent = said(entry.replaces ? "changed" : "logged") + ": " + words(entry);
        const row = document.createElement("li");
        row.textContent = said("stop", { number: stop.order }) + ", " + stop.place + ": " + words(entry);
        list.appendChild(row);
      });
    });
    const waiting = entries.length - handed;
    const state = !entries.length ? "none" : waiting > 0 ? "waiting" : "all_in";
    one("#count").textContent = said(state, { number: waiting > 0 ? waiting : entries.length });
    one("#export").disabled = one("#share").disabled = !entries.length;
    one("#refused").hidden = keeps;
    one("#refused").textContent = said("not_kept");
  }

  function tell(text) {
    one("#told").textContent = text;
    setTimeout(() => { one("#told").textContent = ""; }, 4000);
  }

  const dialog = one("#form");
  const form = dialog.querySelector("form");
  let asked = null;

  function local(date) {
    return new Date(date - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  }

  function open(shift, stop) {
    const before = current(stop.id);
    asked = { shift, stop, before };
    form.reset();
    one("#form-title").textContent = stop.order + ". " + stop.place;
    one("#wrong").hidden = true;
    const fill = (name, value) => {
      const box = form.querySelector(`input[name=${name}][value="${value}"]`);
      if (box) box.checked = true;
    };
    fill("police", (before ? before.police_involved : stop.police) ? "yes" : "no");
    form.elements.sharps.value = before ? before.sharps : 0;
    form.elements.when.value = local(before ? new Date(before.happened_at) : new Date());
    if (before) {
      fill("outcome", before.outcome);
      fill("minutes", before.minutes);
      before.services.forEach((code) => fill("services", code));
      form.elements.note.value = before.note || "";
    }
    stage();
    dialog.showModal();
    dialog.scrollTop = 0;
  }

  function stage() {
    const outcome = new FormData(form).get("outcome");
    one("#stage").textContent = outcome ? sheet.stages[outcome] : "";
  }

  function entryOf() {
    const told = new FormData(form);
    const when = new Date(told.get("when") || Date.now());
    if (!told.get("outcome")) throw new Error("choose");
    if (isNaN(when) || when > new Date()) throw new Error("future");
    const before = asked.before;
    return {
      visit_id: newId(),
      replaces: before ? before.replaces || before.visit_id : null,
      shift_id: asked.shift.id,
      candidate_id: asked.stop.id,
      happened_at: when.toISOString(),
      outcome: told.get("outcome"),
      services: told.getAll("services"),
      minutes: told.get("minutes") ? +told.get("minutes") : null,
      sharps: Math.min(10000, Math.max(0, Math.floor(+told.get("sharps") || 0))),
      police_involved: told.get("police") === "yes",
      note: told.get("note").trim() || null,
    };
  }

  form.addEventListener("submit", (event) => {
    if (event.submitter && event.submitter.value === "cancel") return;
    event.preventDefault();
    try {
      keep(entryOf());
    } catch (error) {
      if (!sheet.said[error.message]) throw error;
      one("#wrong").textContent = said(error.message);
      one("#wrong").hidden = false;
      one("#wrong").scrollIntoView({ block: "nearest" });
      return;
    }
    dialog.close();
    show();
    if (keeps) tell(said("kept"));
  });
  form.addEventListener("change", stage);

  function file() {
    const content = {
      format: sheet.format, version: sheet.version, city: sheet.city, week: sheet.week,
      number: sheet.number, made_at: new Date().toISOString(), entries: entries,
    };
    const name = "entries-" + sheet.week + "-" + new Date().toISOString().slice(0, 16).replace(/[:T]/g, "-") + ".json";
    return new File([JSON.stringify(content, null, 1)], name, { type: "application/json" });
  }

  function handedIn() {
    handed = entries.length;
    try { localStorage.setItem(HANDED, handed); } catch (error) { keeps = false; }
    show();
  }

  function save() {
    const made = file();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(made);
    link.download = made.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    handedIn();
  }

  function share() {
    navigator.share({ files: [file()] }).then(() => { handedIn(); tell(said("shared")); }, () => {});
  }

  function canShare() {
    try { return navigator.canShare({ files: [file()] }); } catch (error) { return false; }
  }

  function forget() {
    if (!window.confirm(said("sure_delete"))) return;
    entries = [];
    handed = 0;
    try {
      localStorage.removeItem(sheet.storage);
      localStorage.removeItem(HANDED);
    } catch (error) { keeps = false; }
    show();
  }

  function draw(box) {
    const number = +box.closest(".sheet").dataset.shift;
    const map = L.map(box, { maxZoom: 19, zoomSnap: 0.25, scrollWheelZoom: false });
    map.fitBounds(sheet.shifts[number].bounds, { padding: [24, 24], maxZoom: 17 });
    L.control.scale().addTo(map);
    window.outreachMaps(map, number);
    window.addEventListener("beforeprint", () => map.invalidateSize());
  }

  load();
  if (!sheet.draft) {
    document.querySelectorAll("button.log").forEach((button) => {
      const shift = sheet.shifts[+button.dataset.shift];
      button.onclick = () => open(shift, shift.stops[+button.dataset.stop]);
    });
    one("#export").onclick = save;
    one("#share").onclick = share;
    one("#share").hidden = !canShare();
    one("#delete").onclick = forget;
  }
  window.addEventListener("storage", () => { load(); show(); });
  if (local(new Date()).slice(0, 10) > sheet.delete_after) {
    one("#old").textContent = said("old", { day: sheet.keep_until });
    one("#old").hidden = false;
  }
  show();
  document.querySelectorAll(".map").forEach(draw);
})();
