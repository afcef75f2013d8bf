// The shop's page: what can be ordered, what became of the orders, and HQ's side of the wire.
const $ = (id) => document.getElementById(id);
const basket = [];
let stages = [];
const words = {
  none: "fair", down: "down: no answers", slow: "slow", accepted202: "202: received, not applied",
  conflict409: "409 for events", gone410: "410: cursor forgotten", rateLimited429: "429, retry later", error500: "500",
  duplicatePage: "pages twice", droppedReply: "replies get lost", truncatedJSON: "pages cut off", htmlPage: "a proxy's page",
  oversizePage: "a page of 50 MB", rubbishItems: "rubbish between orders",
};

const post = async (path, body) => {
  const response = await fetch(`shop/api/${path}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  if (response.status === 409) $("said").textContent = (await response.json()).error;
  else $("said").textContent = "";
  await refresh();
};

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

const clock = (text) => new Date(text).toLocaleTimeString();

function showBasket() {
  $("basket-text").textContent = basket.length ? `Chosen: ${basket.map((item) => item.title).join(", ")}` : "Nothing chosen yet";
  $("order").disabled = basket.length === 0;
}

function product(item) {
  const add = element("button", { textContent: "Choose", disabled: item.available < 1 });
  add.addEventListener("click", () => { basket.push(item); showBasket(); });
  return element("div", { className: "product" },
    element("span", { className: "size", textContent: item.size, title: "size of the parcel" }),
    element("strong", { textContent: item.title }),
    element("span", { textContent: `${(item.price / 100).toFixed(2)} €` }),
    element("small", { textContent: `${item.available} available (${item.onHand} on hand, ${item.reserved} reserved)` }),
    add);
}

function order(item) {
  const actions = element("div", { className: "actions" });
  const offer = (text, action) => {
    const button = element("button", { textContent: text });
    button.addEventListener("click", () => post(`orders/${item.orderId}`, { action }));
    actions.append(button);
  };
  const reached = new Map(item.reached.map((step) => [step.stage, step.at]));
  if (item.status === "placed" && !reached.has("prepared")) offer("Packed by staff", "prepare");
  if (!["completed", "cancelled", "rerouted", "expired"].includes(item.status)) {
    offer("Cancel", "cancel");
    offer("Let it expire", "expire");
    offer("Extend by a day", "extend");
    offer("Send to the harbour store", "reroute");
    if (item.parcels.length > 1) offer("Split", "split");
  }
  return element("article", { className: "order" },
    element("header", {}, element("strong", { textContent: `Order ${item.displayNumber}` }),
      element("span", { className: `status ${item.status}`, textContent: item.status })),
    element("ol", { className: "stages" }, ...stages.map((stage) => element("li", {
      className: reached.has(stage) ? "reached" : "", textContent: stage,
      title: reached.has(stage) ? clock(reached.get(stage)) : "not yet",
    }))),
    element("div", { className: "codes" },
      element("span", {}, "to scan ", element("code", { textContent: item.scannedCode })),
      element("span", {}, "to type ", element("code", { textContent: item.typedCode.replace(/(\d{4})/, "$1 ") })),
      element("span", {}, "labels ", element("code", { textContent: item.parcels.map((parcel) => parcel.label).join(", ") }))),
    element("ol", { className: "timeline" }, ...item.timeline.map((step) =>
      element("li", {}, element("time", { textContent: clock(step.at) }), ` ${step.what}`))),
    actions);
}

async function refresh() {
  const view = await (await fetch("shop/api/overview")).json();
  stages = view.stages;
  $("products").replaceChildren(...view.products.map(product));
  $("movements").replaceChildren(...view.movements.map((move) => element("li", {
    textContent: `${clock(move.at)}  ${move.sku}  ${move.what} for ${move.orderId}: ${move.onHand} on hand, ${move.reserved} reserved`,
  })));
  if (view.orders.length) $("orders").replaceChildren(...view.orders.map(order));
  $("events").replaceChildren(...view.events.map((event) => element("li", {
    textContent: `${clock(event.time)}  ${event.type}  ${event.orderID ?? ""}${event.deliveries > 1 ? `  (${event.deliveries}×)` : ""}`,
  })));
  if (view.reportedAt) {
    $("station").textContent = `The station ${view.isStationServing ? "serves customers" : "cannot serve customers"} (${clock(view.reportedAt)}).`;
  }
  const select = $("fault");
  if (!select.options.length) {
    for (const fault of view.faults) select.add(new Option(words[fault] ?? fault, fault));
    select.addEventListener("change", () => post("fault", { fault: select.value }));
  }
  select.value = view.fault;
}

$("order").addEventListener("click", async () => {
  const skus = basket.splice(0).map((item) => item.sku);
  showBasket();
  await post("orders", { skus });
});
await refresh();
setInterval(refresh, 1500);
