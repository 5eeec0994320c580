// A job that goes on: its bar follows the node's events; when it is over, its page shows what came of it.
export function jobs() {
  for (const bar of document.querySelectorAll("progress[data-events]")) {
    const events = new EventSource(bar.dataset.events);
    events.addEventListener("job", (event) => {
      const said = JSON.parse(event.data);
      bar.value = Math.round(100 * said.share);
      bar.textContent = `${bar.value} %`;
      if (!said.is_over) return;
      events.close();
      location.reload();
    });
    addEventListener("pagehide", () => events.close());
  }
}
