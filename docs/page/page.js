for (const tabs of document.querySelectorAll(".tabs")) {
  const heads = [...tabs.querySelectorAll("[role=tab]")];
  const show = (head, focus) => {
    for (const each of heads) {
      const chosen = each === head;
      each.setAttribute("aria-selected", chosen);
      each.tabIndex = chosen ? 0 : -1;
      document.getElementById(each.getAttribute("aria-controls")).hidden = !chosen;
    }
    if (focus) head.focus();
  };
  heads.forEach((head, index) => {
    head.addEventListener("click", () => show(head));
    head.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) show(heads[(index + step + heads.length) % heads.length], true);
    });
  });
}
for (const button of document.querySelectorAll(".copy")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.parentElement.querySelector("pre").textContent);
    button.textContent = "Copied";
  });
}
