/* AG Grid in the look's tokens: every size and colour is a CSS variable, so a change of theme needs no redraw. */
(() => {
  "use strict";
  const token = (name) => `var(--fl-${name})`;
  const params = {
    backgroundColor: token("panel"),
    foregroundColor: token("text"),
    textColor: token("text"),
    borderColor: token("line"),
    accentColor: token("accent"),
    chromeBackgroundColor: token("panel"),
    headerBackgroundColor: token("panel"),
    headerTextColor: token("text-3"),
    headerFontSize: token("t1"),
    headerFontWeight: 500,
    headerFontFamily: token("sans"),
    headerColumnBorder: false,
    headerColumnResizeHandleColor: "transparent",
    headerRowBorder: { style: "solid", width: 1, color: token("line-2") },
    headerHeight: token("row-head"),
    fontFamily: token("sans"),
    fontSize: token("t2"),
    rowHeight: token("row"),
    rowBorder: { style: "solid", width: 1, color: token("line") },
    columnBorder: false,
    wrapperBorder: false,
    wrapperBorderRadius: 0,
    borderRadius: token("r1"),
    oddRowBackgroundColor: token("panel"),
    rowHoverColor: token("hover"),
    selectedRowBackgroundColor: token("accent-tint"),
    rangeSelectionBorderColor: token("accent"),
    cellHorizontalPadding: token("s2"),
    spacing: 4,
    pinnedColumnBorder: { style: "solid", width: 1, color: token("line-2") },
    iconColor: token("text-3"),
    tooltipBackgroundColor: token("raised"),
    tooltipTextColor: token("text"),
    menuBackgroundColor: token("panel"),
    menuTextColor: token("text"),
    menuBorder: false,
    menuShadow: token("shadow"),
    focusShadow: "none",
  };
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  let theme = null;
  functions.flowglassTheme = (quartz) => (theme = theme || quartz.withParams(params));
})();
