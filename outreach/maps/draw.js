/* Draws what maps/layers.py hands over. Data are numbers and plain text: text only ever becomes a
   text node, never HTML, because call texts and addresses are written by strangers. */
window.outreach = (function () {
  "use strict";
  const SCALE = 1e5; // coordinates arrive as whole numbers of 1e-5 degrees, each a step from the last
  const NAMES_FROM_ZOOM = 15;
  const PANES = { ground: 310, hexes: 320, streets: 330, names: 340, shapes: 350, marks: 590 };

  function path(steps) {
    const points = [];
    let lat = 0;
    let lon = 0;
    for (let i = 0; i < steps.length; i += 2) {
      lat += steps[i];
      lon += steps[i + 1];
      points.push([lat / SCALE, lon / SCALE]);
    }
    return points;
  }

  function element(tag, className, text, parent) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    if (parent) parent.appendChild(made);
    return made;
  }

  function card(lines) {
    const box = element("div", "outreach-card");
    lines.forEach((line, i) => element(i === 0 ? "strong" : "div", "", line, box));
    return box;
  }

  // One canvas a pane. Only the hexes listen: a canvas above another swallows its clicks.
  function pane(map, name) {
    map.outreachRenderers = map.outreachRenderers || {};
    if (!map.outreachRenderers[name]) {
      const made = map.createPane("outreach-" + name);
      made.style.zIndex = PANES[name];
      made.style.pointerEvents = name === "hexes" ? "auto" : "none";
      map.outreachRenderers[name] = L.canvas({ pane: "outreach-" + name, padding: 0.3 });
    }
    return map.outreachRenderers[name];
  }

  // Leaflet focuses a map on the first press; a page that scrolled then would miss the click.
  function calmFocus() {
    HTMLElement.prototype.focus.call(this, { preventScroll: true });
  }

  // What a reader who does not see the map hears of it; a page knows it by its frame's title.
  function named(map, title) {
    map.getContainer().setAttribute("role", "region");
    map.getContainer().setAttribute("aria-label", title);
  }

  // A layer whose content is made when it first meets a map, so that its panes exist.
  const Late = L.FeatureGroup.extend({
    initialize: function (build) {
      L.FeatureGroup.prototype.initialize.call(this, []);
      this.build = build;
    },
    onAdd: function (map) {
      if (this.build) {
        const build = this.build;
        this.build = null;
        const box = map.getContainer().classList;
        map.getContainer().focus = calmFocus;
        map.on("popupopen", () => box.add("outreach-reading"));
        map.on("popupclose", () => box.remove("outreach-reading"));
        if (map.attributionControl) map.attributionControl.setPrefix("Leaflet");
        if (!map.getContainer().hasAttribute("aria-label")) named(map, document.title || "Map");
        build(this, map);
      }
      L.FeatureGroup.prototype.onAdd.call(this, map);
    },
  });

  function ground(data) {
    return new Late((group, map) => {
      const renderer = pane(map, "ground");
      data.areas.forEach(([kind, rings]) =>
        L.polygon(rings.map(path), {
          renderer: renderer, stroke: false, fillOpacity: 1, interactive: false,
          fillColor: kind === "water" ? "#b9d5e6" : "#d5e6c8",
        }).addTo(group)
      );
    });
  }

  const Names = L.Layer.extend({
    initialize: function (lines) {
      this.lines = lines.map(([name, points]) => [name, points, L.latLngBounds(points)]);
    },
    onAdd: function (map) {
      pane(map, "names");
      this.canvas = element("canvas", "leaflet-zoom-hide", "", map.getPane("outreach-names"));
      map.on("moveend zoomend resize", this.draw, this);
      this.draw();
    },
    onRemove: function (map) {
      map.off("moveend zoomend resize", this.draw, this);
      this.canvas.remove();
    },
    draw: function () {
      const map = this._map;
      const size = map.getSize();
      const sharp = window.devicePixelRatio || 1;
      L.DomUtil.setPosition(this.canvas, map.containerPointToLayerPoint([0, 0]));
      this.canvas.width = size.x * sharp;
      this.canvas.height = size.y * sharp;
      this.canvas.style.width = size.x + "px";
      this.canvas.style.height = size.y + "px";
      if (map.getZoom() < NAMES_FROM_ZOOM) return;
      const pen = this.canvas.getContext("2d");
      pen.scale(sharp, sharp);
      pen.font = "11px sans-serif";
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      const taken = [];
      const seen = map.getBounds();
      this.lines.forEach(([name, points, bounds]) => {
        if (seen.intersects(bounds)) this.write(pen, name, points, taken, size);
      });
    },
    write: function (pen, name, points, taken, size) {
      const map = this._map;
      const width = pen.measureText(name).width;
      const spots = points
        .map((p) => map.latLngToContainerPoint(p))
        .filter((p) => p.x > 0 && p.y > 0 && p.x < size.x && p.y < size.y);
      if (spots.length < 2) return;
      const lengths = [0];
      for (let i = 1; i < spots.length; i++) {
        lengths.push(lengths[i - 1] + spots[i].distanceTo(spots[i - 1]));
      }
      const whole = lengths[lengths.length - 1];
      if (whole < width + 8) return;
      const at = (length) => {
        let i = 1;
        while (i < lengths.length - 1 && lengths[i] < length) i++;
        const share = (length - lengths[i - 1]) / (lengths[i] - lengths[i - 1] || 1);
        return spots[i - 1].add(spots[i].subtract(spots[i - 1]).multiplyBy(share));
      };
      const from = at(whole / 2 - width / 2);
      const to = at(whole / 2 + width / 2);
      const middle = from.add(to).divideBy(2);
      if (taken.some((t) => t.distanceTo(middle) < Math.max(44, width * 0.8))) return;
      taken.push(middle);
      let angle = Math.atan2(to.y - from.y, to.x - from.x);
      if (Math.abs(angle) > Math.PI / 2) angle += Math.PI;
      pen.save();
      pen.translate(middle.x, middle.y);
      pen.rotate(angle);
      pen.lineWidth = 3;
      pen.strokeStyle = "rgba(255,255,255,.85)";
      pen.fillStyle = "#333";
      pen.strokeText(name, 0, 0);
      pen.fillText(name, 0, 0);
      pen.restore();
    },
  });

  function streets(data) {
    return new Late((group, map) => {
      if (data.credit) map.attributionControl.addAttribution(data.credit);
      const renderer = pane(map, "streets");
      const lines = data.lines.map(([name, main, steps]) => [data.names[name], main, path(steps)]);
      const style = (main) => {
        const near = Math.max(0, map.getZoom() - 13);
        return main
          ? { weight: 1.6 + 0.6 * near, color: "#6e6b66", opacity: 0.75 }
          : { weight: 0.7 + 0.4 * near, color: "#8d8a84", opacity: 0.7 };
      };
      const drawn = [0, 1].map((main) =>
        L.polyline(lines.filter((l) => l[1] === main).map((l) => l[2]),
          Object.assign({ renderer: renderer, interactive: false }, style(main))).addTo(group)
      );
      map.on("zoomend", () => drawn.forEach((line, main) => line.setStyle(style(main))));
      new Names(lines.filter((l) => l[0]).map((l) => [l[0], l[2]])).addTo(group);
    });
  }

  // Hovering shows what a hex has to say; a tap or click keeps it.
  function says(hex, lines) {
    hex.bindTooltip(() => card(lines()), { sticky: true, className: "outreach-tip" });
    hex.bindPopup(() => card(lines()), { maxWidth: 260, maxHeight: 220 });
    return hex.on("popupopen", () => hex.closeTooltip());
  }

  function hexes(data) {
    return new Late((group, map) => {
      const renderer = pane(map, "hexes");
      data.cells.forEach(([steps, kind, lines]) => {
        const hex = L.polygon(path(steps), {
          renderer: renderer, weight: 0.5, color: "#fff", opacity: 0.6 * data.opacity,
          fillColor: data.colours[kind], fillOpacity: data.opacity,
        });
        group.addLayer(says(hex, () => lines));
      });
    });
  }

  // A strip below the map on which a step is chosen or all are played.
  function timeBar(map, steps, words, show) {
    const last = steps.length - 1;
    const bar = element("div", "outreach-time");
    const button = element("button", "", "", bar);
    const told = element("div", "outreach-told", "", bar);
    const head = element("strong", "", "", told);
    const note = element("span", "", "", told);
    const input = element("input", "", "", bar);
    Object.assign(input, { type: "range", min: 0, max: last, step: 1, value: last });
    input.setAttribute("aria-label", words.week);
    button.type = "button";
    let playing = 0;

    function go(step) {
      const [said, more, days] = steps[step];
      head.textContent = said;
      note.textContent = more;
      input.value = step;
      input.setAttribute("aria-valuetext", more ? said + ", " + more : said);
      map.getContainer().classList.toggle("outreach-unseen", !days);
      show(step);
    }
    function play(on) {
      clearInterval(playing);
      playing = on ? setInterval(() => {
        if (+input.value < last) go(+input.value + 1);
        if (+input.value === last) play(false);
      }, 800) : 0;
      button.textContent = on ? "❚❚" : "▶";
      button.setAttribute("aria-label", on ? words.pause : words.play);
    }
    button.onclick = () => {
      if (!playing && +input.value === last) go(0);
      play(!playing);
    };
    input.oninput = () => { play(false); go(+input.value); };
    L.DomEvent.disableClickPropagation(bar);
    L.DomEvent.disableScrollPropagation(bar);
    play(false);
    return {
      go: () => go(+input.value),
      add: () => map.getContainer().appendChild(bar).parentNode.classList.add("outreach-timed"),
      remove: () => {
        play(false);
        bar.remove();
        map.getContainer().classList.remove("outreach-timed", "outreach-unseen");
      },
    };
  }

  // Hexes are made once; a step only changes the colour of those whose class has changed.
  function timeline(data) {
    let now = 0;
    function value(counts) { // what would have been counted, had all days been seen
      const days = data.steps[now][2];
      return days ? Math.round((counts[now] * data.window_days) / days) : 0;
    }
    function lines(counts, near) {
      const [words, note, days] = data.steps[now];
      const calls = value(counts);
      const told = calls === 1 ? data.words.call : data.words.calls;
      const found = [told.replace("{number}", calls.toLocaleString("en-US"))];
      if (days) found.push(words);
      else found.splice(0, 1, words);
      if (note) found.push(days ? data.words.counted.replace("{number}", counts[now]) + note : note);
      return near ? [near, ...found] : found;
    }
    return new Late((group, map) => {
      if (!data.steps.length) return;
      const renderer = pane(map, "hexes");
      const open = new Set();
      const made = data.cells.map(([steps, changes, near]) => {
        const counts = new Uint32Array(data.steps.length);
        for (let i = 0; i < changes.length; i += 2) counts.fill(changes[i + 1], changes[i]);
        const hex = L.polygon(path(steps), {
          renderer: renderer, weight: 0.5, color: "#fff", opacity: 0.6 * data.opacity,
          fillOpacity: data.opacity, stroke: false, fill: false,
        });
        group.addLayer(says(hex, () => lines(counts, near)));
        return { hex, counts, kind: -1 };
      });
      function show(step) {
        now = step;
        made.forEach((cell) => {
          const calls = value(cell.counts);
          const kind = calls ? data.breaks.filter((bound) => bound <= calls).length : -1;
          if (kind === cell.kind) return;
          cell.kind = kind;
          cell.hex.setStyle({ stroke: kind >= 0, fill: kind >= 0, fillColor: data.colours[kind] });
        });
        open.forEach((box) => box.update());
      }
      const bar = timeBar(map, data.steps, data.words, show);
      group.on("popupopen", (event) => open.add(event.popup));
      group.on("popupclose", (event) => open.delete(event.popup));
      group.on("add", bar.add);
      group.on("remove", bar.remove);
      bar.go();
    });
  }

  function shapes(data) {
    return new Late((group, map) => {
      pane(map, "shapes");
      data.shapes.forEach(([rings, lines]) => {
        const shape = L.polygon(rings.map(path), Object.assign({
          pane: "outreach-shapes", color: "#1a1a1a", weight: 2, dashArray: "5 4", fillOpacity: 0.06,
        }, data.line));
        if (lines.length) shape.bindTooltip(() => card(lines), { sticky: true, className: "outreach-tip" });
        group.addLayer(shape);
      });
    });
  }

  // A shape with a number in it; a path that is none draws nothing.
  function shaped(look) {
    const made = (tag, values, parent) => {
      const drawn = document.createElementNS("http://www.w3.org/2000/svg", tag);
      Object.entries(values).forEach(([name, value]) => drawn.setAttribute(name, value));
      if (parent) parent.appendChild(drawn);
      return drawn;
    };
    const svg = made("svg", { viewBox: "-3 -3 32 32", width: look.size, height: look.size });
    look.rims.forEach(([colour, width]) =>
      made("path", { d: look.path, stroke: colour, "stroke-width": width }, svg)
    );
    made("path", { d: look.path, fill: look.fill }, svg);
    made("text", {
      x: 13, y: look.middle, dy: ".36em", "text-anchor": "middle", "font-size": 12,
      "font-weight": 700, fill: look.ink,
    }, svg).textContent = look.text;
    return svg;
  }

  function mark(point, look, lines, front) {
    const size = look.size || 20;
    const icon = L.divIcon({
      className: (look.path ? "" : "outreach-mark ") + "outreach-" + look.shape,
      iconSize: [size, size],
      html: look.path ? shaped(look) : element("span", "", look.text || ""),
    });
    const made = L.marker([point[1], point[0]], {
      icon: icon, title: lines[0], alt: lines[0], zIndexOffset: front || 0,
    });
    if (!look.path) made.on("add", () => {
      const drawn = made.getElement();
      drawn.style.backgroundColor = look.fill;
      drawn.style.color = look.ink || "#fff";
      drawn.style.lineHeight = size - 2 + "px";
    });
    return made.bindPopup(() => card(lines), {
      maxWidth: 260, maxHeight: 260,
      autoPanPaddingTopLeft: [window.innerWidth > 640 ? 54 : 5, 8], // clear of the zoom buttons
      autoPanPaddingBottomRight: [window.innerWidth > 640 ? 54 : 5, 8],
    });
  }

  function marks(data) {
    return new Late((group) => {
      data.marks.forEach(([point, look, lines]) =>
        group.addLayer(mark(point, data.looks[look], lines, data.front))
      );
    });
  }

  // Dashed lines from a stop to its nearest help, shown while the stop's popup is open.
  function near(group, made, point, helps) {
    const lines = helps.map((to) =>
      L.polyline([[point[1], point[0]], [to[1], to[0]]], {
        color: "#1a1a1a", weight: 2, dashArray: "2 6", interactive: false,
      })
    );
    made.on("popupopen", () => lines.forEach((line) => group.addLayer(line)));
    made.on("popupclose remove", () => lines.forEach((line) => group.removeLayer(line)));
  }

  function shiftLayer(shift) {
    const group = L.featureGroup();
    shift.legs.forEach((steps) => {
      const points = path(steps);
      L.polyline(points, { color: "#fff", weight: 7, opacity: 0.8, interactive: false }).addTo(group);
      const leg = L.polyline(points, { color: shift.colour, weight: 4, opacity: 0.95 }).addTo(group);
      leg.bindTooltip(() => card([shift.label]), { sticky: true, className: "outreach-tip" });
    });
    shift.stops.forEach(([point, look, lines, helps]) => {
      const made = mark(point, look, lines, 1000);
      near(group, made, point, helps);
      group.addLayer(made);
    });
    return group;
  }

  // Bring what was chosen into view; a bound of one point would zoom in on a doorstep.
  function look(group) {
    const bounds = group.getBounds();
    const map = group._map;
    if (map && map._animatingZoom) return setTimeout(() => look(group), 100); // it heeds nothing
    if (map && bounds.isValid()) map.fitBounds(bounds, { padding: [30, 30], maxZoom: 16, animate: false });
  }

  function chooser(box, label, values, changed) {
    const row = element("label", "", label, box);
    const select = element("select", "", "", row);
    values.forEach(([value, text]) => { element("option", "", text, select).value = value; });
    select.onchange = changed;
    return select;
  }

  function filter(group, shifts, made, words) {
    const control = L.control({ position: "topright" });
    control.onAdd = function () {
      const box = element("div", "outreach-panel outreach-filter");
      const days = new Map(shifts.map((s) => [s.day, s.day_label]));
      const teams = new Map(shifts.map((s) => [s.team, s.team]));
      const show = () => {
        shifts.forEach((s, i) => {
          const wanted = (!day.value || s.day === day.value) && (!team.value || s.team === team.value);
          if (wanted) group.addLayer(made[i]); else group.removeLayer(made[i]);
        });
        look(group);
      };
      const day = chooser(box, words.day + " ", [...days, ["", words.whole_week]], show);
      const team = chooser(box, words.team + " ", [["", words.all_teams], ...teams], show);
      show();
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      return box;
    };
    return control;
  }

  function routes(data) {
    return new Late((group, map) => {
      const made = data.shifts.map(shiftLayer);
      if (data.filter) filter(group, data.shifts, made, data.words).addTo(map);
      else made.forEach((layer) => group.addLayer(layer));
      setTimeout(() => look(group), 0); // after the map's own first bounds
    });
  }

  // A legend or heading; its parts are plain text and colours.
  function panel(data) {
    // On a phone the top is for the buttons and the map's choice of day and team.
    const low = data.folds && data.position === "topleft" && window.innerWidth <= 640;
    const control = L.control({ position: low ? "bottomleft" : data.position });
    control.onAdd = function () {
      const box = element("div", "outreach-panel");
      let home = box;
      if (data.folds) {
        home = element("details", "", "", box);
        // A long legend would cover half of a low map.
        home.open = window.innerWidth > 640 && (window.innerHeight > 650 || data.rows.length < 7);
        element("summary", "", data.title, home);
      } else {
        element("strong", "", data.title, home);
      }
      data.lines.forEach((line) => element("div", "", line, home));
      data.rows.forEach(([look, text]) => {
        const row = element("div", "outreach-row", "", home);
        if (look.path) {
          row.appendChild(shaped(look));
          element("span", "", text, row);
          return;
        }
        const sign = element("span", "outreach-sign outreach-" + look.shape, look.text, row);
        sign.style.backgroundColor = look.fill;
        sign.style.color = look.ink || "#fff";
        element("span", "", text, row);
      });
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      return box;
    };
    return control;
  }

  // A panel that is swapped with the layers that it explains.
  function legend(data) {
    let shown = null;
    return new Late((group, map) => {
      group.on("add", () => { shown = panel(data).addTo(map); });
      group.on("remove", () => { if (shown) shown.remove(); });
    });
  }

  function about(data) {
    return new Late((group, map) => {
      named(map, data.title);
      document.title = data.title;
      if (window.frameElement) window.frameElement.title = data.title;
    });
  }

  return { ground, streets, hexes, timeline, shapes, marks, routes, panel, legend, about };
})();
