"use strict";
// The tree browser. Everything from the run goes into the page as text, never as markup.
(() => {
  const MOST_COMPARED = 4e6; // cells of the table that word differences need
  const byId = (id) => document.getElementById(id);
  const trees = JSON.parse(byId("trees-data").textContent).trees;
  const places = new Map(trees.map((tree, place) => [tree.number, place]));
  const pick = byId("pick"), find = byId("find"), status = byId("status");
  let path = new Map(); // message -> the reply that is shown below it; -1 -> the opening

  function make(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key === "onclick") element.addEventListener("click", value);
      else if (value !== null && value !== false) element.setAttribute(key, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }

  function shaped(tree) {
    if (tree.replies) return tree;
    tree.replies = new Map([[-1, []]]);
    tree.messages.forEach((message, place) => {
      tree.replies.set(place, []);
      tree.replies.get(message.parent).push(place);
    });
    tree.below = tree.messages.map(() => 0);
    for (let place = tree.messages.length - 1; place > 0; place--) {
      const parent = tree.messages[place].parent;
      tree.below[parent] = Math.max(tree.below[parent], tree.below[place] + 1);
    }
    return tree;
  }

  // The reply the run went on from: the one with most below it, of equals the better ranked.
  function followed(tree, replies) {
    return replies.reduce((best, one) => (tree.below[one] > tree.below[best] ? one : best));
  }

  function shown(tree, parent) {
    const replies = tree.replies.get(parent);
    return path.has(parent) ? path.get(parent) : followed(tree, replies);
  }

  function showPath(tree, place) {
    for (let at = place; at >= 0; at = tree.messages[at].parent) {
      path.set(tree.messages[at].parent, at);
    }
    draw(tree);
    const article = byId("message-" + place);
    article.focus();
    article.scrollIntoView({ block: "nearest" });
  }

  // Words of `text` that are not in the longest common subsequence with `best`.
  function marked(text, best) {
    const ours = text.split(/(\s+)/), theirs = best.split(/\s+/);
    const words = ours.filter((_, at) => at % 2 === 0);
    const width = theirs.length + 1;
    if (words.length * width > MOST_COMPARED) return [text];
    const common = new Uint16Array((words.length + 1) * width);
    for (let i = words.length - 1; i >= 0; i--) {
      for (let j = theirs.length - 1; j >= 0; j--) {
        common[i * width + j] = words[i] === theirs[j]
          ? common[(i + 1) * width + j + 1] + 1
          : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
      }
    }
    const isCommon = [];
    for (let i = 0, j = 0; i < words.length; i++) {
      while (j < theirs.length && words[i] !== theirs[j]
        && common[i * width + j + 1] >= common[(i + 1) * width + j]) j++;
      isCommon.push(j < theirs.length && words[i] === theirs[j]);
      if (isCommon[i]) j++;
    }
    return runs(ours, isCommon);
  }

  function runs(pieces, isCommon) {
    const nodes = [];
    for (let at = 0; at < pieces.length; ) {
      const same = isCommon[at / 2];
      let end = at;
      while (end + 2 < pieces.length && isCommon[(end + 2) / 2] === same) end += 2;
      const text = pieces.slice(at, end + 1).join("");
      if (text) nodes.push(same ? text : make("mark", null, text));
      if (end + 1 < pieces.length) nodes.push(pieces[end + 1]);
      at = end + 2;
    }
    return nodes;
  }

  const fixed = (value) => value === null ? "n/a" : value.toFixed(2);
  const start = (text, most) => (text.length > most ? text.slice(0, most) + "…" : text);

  function badges(tree, place, siblings) {
    const message = tree.messages[place], found = [];
    if (siblings > 1) found.push(["", "rank" in message ? `rank ${message.rank} of ${siblings}` : "unranked"]);
    if ("score" in message) found.push(["", "score " + fixed(message.score)]);
    found.push(message.dropped ? ["bad", "dropped: " + message.dropped] : ["good", "kept"]);
    if (siblings > 1 && tree.replies.get(place).length) found.push(["", "followed"]);
    if (message.ends) found.push(["", "ends: " + message.ends]);
    return found.map(([kind, text]) => make("span", { class: "badge " + kind }, text));
  }

  function reasons(message) {
    const said = (message.verdicts || []).map(([evaluator, name, value, severity, kind, reason]) =>
      make("li", null, make("b", null, evaluator), `: ${name} ${fixed(value)}`
        + (severity === "note" ? "" : ` (${severity})`) + `: ${reason}`));
    const failed = (message.failures || []).map((text) => make("li", null, make("b", null, "failed: "), text));
    if (message.ends_why) said.push(make("li", null, make("b", null, "ends: "), message.ends_why));
    if (!said.length && !failed.length) return null;
    return make("details", null, make("summary", null, `Reasons (${said.length + failed.length})`),
      make("ul", null, ...failed, ...said));
  }

  function facts(message) {
    const moves = message.moves || [];
    if (!moves.length) return null;
    const faults = moves.filter(([, , , isFault]) => isFault).length;
    return make("details", null,
      make("summary", null, `Facts (${moves.length}${faults ? `, ${faults} against the sheet` : ""})`),
      make("ul", null, ...moves.map(([, , text]) => make("li", { dir: "auto" }, text))));
  }

  // How the facts of everybody stand at the end of the path that is shown.
  function ledger(tree) {
    if (!tree.knows.length) return null;
    const stands = tree.knows.map(([, , standing]) => [standing, "", false]);
    for (let parent = -1, turn = 1; tree.replies.get(parent).length; turn++) {
      parent = shown(tree, parent);
      for (const [place, standing, , isFault] of tree.messages[parent].moves || []) {
        stands[place] = [standing, String(turn), isFault];
      }
    }
    const rows = tree.knows.map(([speaker, fact], place) => {
      const [standing, turn, isFault] = stands[place];
      return make("tr", null, make("th", { scope: "row" }, speaker), make("td", { dir: "auto" }, fact),
        make("td", null, isFault ? make("span", { class: "badge bad" }, standing) : standing),
        make("td", { class: "number" }, turn));
    });
    const heads = ["Persona", "Fact", "At the end of this path"].map((name) => make("th", { scope: "col" }, name));
    const isOpen = Boolean(document.querySelector("#tree details.ledger[open]"));
    return make("details", { class: "ledger", open: isOpen ? "" : null }, make("summary", null, "Who has told what"),
      make("div", { class: "scroll", role: "region", tabindex: 0, "aria-label": "Who has told what" },
        make("table", null, make("thead", null, make("tr", null, ...heads,
          make("th", { scope: "col", class: "number" }, "Turn"))), make("tbody", null, ...rows))));
  }

  function labels(message) {
    const given = Object.entries(message.labels || {});
    if (!given.length) return null;
    return make("p", { class: "small" }, "labels: " + given.map(([name, value]) => `${name} ${fixed(value)}`).join(", "));
  }

  function article(tree, place, group) {
    const message = tree.messages[place], best = tree.messages[group[0]];
    const isShown = shown(tree, message.parent) === place;
    const differs = place !== group[0] && byId("differences").checked;
    const text = message.text ? (differs ? marked(message.text, best.text) : [message.text]) : ["(empty)"];
    const more = !isShown && tree.replies.get(place).length > 0;
    return make("article", {
      class: `message ${message.role}${isShown && group.length > 1 ? " shown" : ""}`,
      id: "message-" + place, tabindex: -1, "aria-label": `${message.speaker}, message ${message.id.slice(0, 8)}`,
    },
    make("header", null, make("strong", null, message.speaker), ...badges(tree, place, group.length)),
    make("p", { class: "text", dir: "auto" }, ...text),
    message.thought ? make("details", null, make("summary", null, "Thought"), make("p", { class: "text", dir: "auto" }, message.thought)) : null,
    labels(message), facts(message), reasons(message),
    message.model ? make("p", { class: "small" }, `${message.model} · ${message.id.slice(0, 8)}`) : null,
    more ? make("button", { type: "button", onclick: () => showPath(tree, place) }, "Show what follows") : null);
  }

  function pairsOf(tree, group) {
    const made = tree.pairs.filter(([chosen]) => group.includes(chosen));
    const name = (place) => `rank ${tree.messages[place].rank ?? "–"}`;
    if (!made.length) return null;
    return make("ul", { class: "pairs", "aria-label": "Preference pairs of this turn" }, ...made.map(
      ([chosen, rejected, margin, why]) => make("li", { class: "small" },
        make("b", null, `Pair: ${name(chosen)} over ${name(rejected)}, margin ${fixed(margin)}. `), why)));
  }

  function outline(tree, parent) {
    return make("ul", null, ...tree.replies.get(parent).map((place) => {
      const message = tree.messages[place];
      const rank = "rank" in message ? `rank ${message.rank}` : "";
      const text = [message.speaker, rank, message.dropped ? "dropped" : "", start(message.text, 60)];
      const below = tree.replies.get(place).length ? outline(tree, place) : null;
      return make("li", null, make("button", {
        type: "button", "aria-current": onPath(tree, place) ? "true" : null,
        onclick: () => showPath(tree, place),
      }, text.filter(Boolean).join(" · ")), below);
    }));
  }

  function onPath(tree, place) {
    for (let at = place; at >= 0; at = tree.messages[at].parent) {
      if (shown(tree, tree.messages[at].parent) !== at) return false;
    }
    return true;
  }

  function draw(tree) {
    const turns = make("ol", { class: "turns" });
    const isOpen = Boolean(document.querySelector("#tree details.outline[open]"));
    for (let parent = -1, turn = 1; tree.replies.get(parent).length; turn++) {
      const group = tree.replies.get(parent);
      const count = group.length > 1 ? `, ${group.length} replies side by side` : "";
      turns.append(make("li", null,
        make("h4", null, `Turn ${turn}: ${tree.messages[group[0]].speaker}${count}`),
        make("div", { class: "siblings" }, ...group.map((place) => article(tree, place, group))),
        pairsOf(tree, group)));
      parent = shown(tree, parent);
    }
    const variables = Object.entries(tree.variables).map(([name, value]) => `${name}: ${value}`);
    byId("tree").replaceChildren(
      make("h3", null, `Tree ${tree.number}`),
      make("p", { class: "small" }, [tree.id, ...variables].join(" · ")),
      ...tree.lost.map((text) => make("p", { class: "badge bad" }, "lost branch: " + text)),
      make("details", { class: "outline", open: isOpen ? "" : null },
        make("summary", null, `All branches (${tree.messages.length} messages)`), outline(tree, -1)),
      ...[ledger(tree)].filter(Boolean), turns);
  }

  function show(place) {
    const tree = shaped(trees[place]);
    path = new Map();
    pick.value = String(place);
    draw(tree);
    const at = pick.selectedIndex;
    byId("previous").disabled = at <= 0;
    byId("next").disabled = at < 0 || at + 1 >= pick.options.length;
    status.textContent = `Tree ${tree.number} is shown; ${pick.options.length} of ${trees.length} trees to pick from.`;
  }

  function summary(tree) {
    const dropped = tree.messages.filter((message) => message.dropped).length;
    const opening = tree.messages.length ? start(tree.messages[0].text, 50) : "";
    return `${tree.number} · ${tree.messages.length} messages`
      + (dropped ? ` · ${dropped} dropped` : "") + (tree.pairs.length ? ` · ${tree.pairs.length} pairs` : "")
      + ` · ${opening}`;
  }

  function holds(tree, wanted) {
    return [...Object.values(tree.variables), ...tree.messages.map((message) => message.text)]
      .some((text) => text.toLowerCase().includes(wanted));
  }

  function fill() {
    const wanted = find.value.trim().toLowerCase();
    const options = [];
    trees.forEach((tree, place) => {
      if (!wanted || holds(tree, wanted)) options.push(make("option", { value: place }, summary(tree)));
    });
    pick.replaceChildren(...options);
    if (options.length) show(Number(options[0].value));
    else status.textContent = "No tree holds these words.";
  }

  function step(by) {
    const option = pick.options[pick.selectedIndex + by];
    if (option) show(Number(option.value));
  }

  function fromAddress() {
    const match = /^#tree-(\d+)$/.exec(location.hash);
    if (!match || !places.has(Number(match[1]))) return;
    find.value = "";
    fill();
    show(places.get(Number(match[1])));
    byId("trees").scrollIntoView();
  }

  byId("browser").addEventListener("submit", (event) => event.preventDefault());
  byId("differences").addEventListener("change", () => { if (pick.value) draw(shaped(trees[Number(pick.value)])); });
  byId("previous").addEventListener("click", () => step(-1));
  byId("next").addEventListener("click", () => step(1));
  pick.addEventListener("change", () => show(Number(pick.value)));
  find.addEventListener("input", fill);
  addEventListener("hashchange", fromAddress);
  if (trees.length) {
    byId("browser").hidden = false;
    fill();
    fromAddress();
  }
})();
