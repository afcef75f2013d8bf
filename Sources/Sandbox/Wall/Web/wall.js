// The picture of the wall: one button per door, moved by the cabinet's own events.
const banks = document.getElementById("banks");
const panel = document.getElementById("panel");
let doors = new Map();
let selected = null;

const post = (path, body) => fetch(path, {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
});

function draw(state) {
  const byBank = new Map();
  for (const board of state.boards) byBank.set(board.name, board.bank);
  doors = new Map(state.doors.map((door) => [door.name, door]));
  const groups = new Map();
  for (const door of state.doors) {
    const bank = byBank.get(door.board) ?? door.board;
    if (!groups.has(bank)) groups.set(bank, []);
    groups.get(bank).push(door);
  }
  for (const [bank, list] of groups) {
    let element = document.getElementById(`bank-${bank}`);
    if (!element) {
      element = document.createElement("div");
      element.className = "bank";
      element.id = `bank-${bank}`;
      element.style.setProperty("--columns", Math.ceil(list.length / 4));
      banks.append(element);
    }
    for (const door of list) {
      let button = document.getElementById(`door-${door.name}`);
      if (!button) {
        button = document.createElement("button");
        button.id = `door-${door.name}`;
        button.textContent = door.name;
        button.addEventListener("click", () => choose(door.name));
        element.append(button);
      }
      const isOpen = door.position === "open";
      button.className = `door ${isOpen ? "open" : "closed"} ${door.isCoilOn ? "coil" : ""} ${door.isStuck ? "stuck" : ""}`;
      button.setAttribute("aria-label", `Door ${door.name}, ${door.position}`);
      button.setAttribute("aria-pressed", String(door.name === selected));
    }
  }
  if (selected) show(doors.get(selected));
}

function choose(name) {
  selected = name;
  for (const button of document.querySelectorAll(".door")) {
    button.setAttribute("aria-pressed", String(button.id === `door-${name}`));
  }
  show(doors.get(name));
}

function show(door) {
  panel.hidden = !door;
  if (!door) return;
  document.getElementById("panel-title").textContent = `Door ${door.name}`;
  document.getElementById("panel-text").textContent =
    `${door.position}, latch ${door.latch}${door.sensor && door.sensor !== "honest" ? ", sensor cut" : ""}`;
  const actions = [
    door.position === "open" ? ["close", "Close it"] : ["pull", "Pull it"],
    door.position === "open" ? null : ["force", "Force it open"],
    door.isStuck ? ["unstick", "Free the latch"] : ["stick", "Let the latch stick"],
    door.sensor === "honest" ? ["cutSensor", "Cut the sensor"] : ["mendSensor", "Mend the sensor"],
  ].filter(Boolean);
  document.getElementById("panel-actions").replaceChildren(...actions.map(([action, text]) => {
    const button = document.createElement("button");
    button.textContent = text;
    button.addEventListener("click", () => post("door", { door: door.name, action }));
    return button;
  }));
}

async function showCards() {
  const list = await (await fetch("cards")).json();
  document.getElementById("cards").replaceChildren(...list.map((card) => {
    const button = document.createElement("button");
    button.className = `card ${card.kind}`;
    const small = document.createElement("small");
    small.textContent = card.text;
    button.append(card.title, small);
    button.addEventListener("click", () => post("scan", { text: card.text }));
    return button;
  }));
}

document.getElementById("scan-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const input = document.getElementById("scan-text");
  if (input.value) post("scan", { text: input.value });
  input.value = "";
});

const links = await (await fetch("links")).json();
document.getElementById("kiosk").src = links.kiosk;
document.getElementById("shop").src = links.shop;
document.getElementById("shop-link").href = links.shop;
new EventSource("changes").addEventListener("message", (event) => draw(JSON.parse(event.data)));
await showCards();
setInterval(showCards, 2000);
