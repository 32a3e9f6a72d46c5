// Sorts and filters the table of a class, and shows whose loss is whose.
"use strict";
(() => {
  const table = document.getElementById("class");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const find = document.getElementById("find"), rule = document.getElementById("rule"), found = document.getElementById("found");
  const text = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  const filter = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      row.hidden = Boolean(rule.value && row.dataset.rule !== rule.value) || !words.every((word) => text.get(row).includes(word));
      if (!row.hidden) shown += 1;
      for (const run of runs(row)) run.classList.toggle("out", row.hidden);
    }
    found.textContent = `${shown} of ${rows.length} shown`;
  };
  const byRow = new Map();
  for (const run of document.querySelectorAll(".run[data-row]")) byRow.set(run.dataset.row, [...(byRow.get(run.dataset.row) ?? []), run]);
  const runs = (row) => byRow.get(row.dataset.row) ?? [];

  find.addEventListener("input", filter);
  rule.addEventListener("change", filter);
  for (const button of document.querySelectorAll("button.only")) {
    button.addEventListener("click", () => {
      rule.value = button.dataset.rule;
      filter();
      rule.focus();
      document.getElementById("all").scrollIntoView();
    });
  }

  [...table.tHead.rows[0].cells].forEach((head, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const value = (row) => row.cells[index].dataset.value ?? row.cells[index].textContent;
      const compare = head.dataset.sort === "number" ? (a, b) => Number(value(a)) - Number(value(b))
        : (a, b) => value(a).localeCompare(value(b), undefined, { numeric: true });
      rows.sort((a, b) => (up ? 1 : -1) * compare(a, b));
      body.append(...rows);
    });
  });

  const light = (row, on) => runs(row).forEach((run) => run.classList.toggle("hot", on));
  for (const row of rows) {
    for (const [name, on] of [["mouseenter", true], ["mouseleave", false], ["focusin", true], ["focusout", false]]) row.addEventListener(name, () => light(row, on));
  }
})();
