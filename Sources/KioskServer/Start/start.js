// Enters the kiosk's page as soon as the station answers. A picture is the only thing of the station that another page
// may load, so it is what is asked for.

const kiosk = document.body.dataset.kiosk;
const AGAIN_MS = 1000;

function ask() {
  const picture = new Image();
  picture.onload = () => location.replace(kiosk);
  picture.onerror = () => setTimeout(ask, AGAIN_MS);
  picture.src = `${kiosk}assets/icon.svg?${Date.now()}`;
}

ask();
