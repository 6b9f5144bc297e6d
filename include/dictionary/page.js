// Narrows the tables to those that hold every word typed, and opens the one that the address names.
const find = document.getElementById("find"), found = document.getElementById("found");
const tables = [...document.querySelectorAll("main > div")].map((one) => [one, one.textContent.toLowerCase()]);
if (find) find.addEventListener("input", () => {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const [one, text] of tables) {
    one.hidden = !words.every((word) => text.includes(word));
    left += !one.hidden;
  }
  found.textContent = words.length ? `${left} of ${tables.length}` : "";
});
const open = () => {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named) named.querySelector("details").open = true;
};
addEventListener("hashchange", open);
open();
