/* Menus: a button with data-menu opens the element of that id; Escape, a choice or a click outside closes it. */
(() => {
  "use strict";
  let open = null;

  const close = (focus) => {
    if (!open) return;
    const { button, menu } = open;
    open = null;
    menu.hidden = true;
    button.setAttribute("aria-expanded", "false");
    if (focus) button.focus();
  };

  const show = (button) => {
    const menu = document.getElementById(button.dataset.menu);
    close(false);
    open = { button, menu };
    menu.hidden = false;
    button.setAttribute("aria-expanded", "true");
    (menu.querySelector(".mi.on") || menu.querySelector("button, input, a")).focus();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-menu]");
    if (button) {
      const again = open && open.button === button;
      close(false);
      if (!again) show(button);
    } else if (open && (!open.menu.contains(event.target) || event.target.closest(".mi"))) {
      close(open.menu.contains(event.target));
    }
  });

  document.addEventListener("keydown", (event) => {
    if (!open) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      close(true);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const items = [...open.menu.querySelectorAll(".mi")];
      const at = items.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      if (items.length) items[(at + items.length) % items.length].focus();
      event.preventDefault();
    }
  }, true);

  window.flowglass.closeMenu = () => close(true);
  window.flowglass.openMenu = (id) => {
    const button = document.querySelector(`[data-menu="${id}"]`);
    if (button) show(button);
  };
  window.flowglass.menuIsOpen = () => open !== null;
})();
