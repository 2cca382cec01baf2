/** Icons that several plugins show. */

import { LabIcon } from "@jupyterlab/ui-components";

export const runsIcon = new LabIcon({
  name: "pressrun:runs",
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><g class="jp-icon3" fill="#616161">
    <path d="M3 4h2v14h16v2H3z"/><path d="M7 15l4-6 3 3 5-8 1.7 1-6.4 10.2-3.100-3-2.500 3.900z"/></g></svg>`,
});

export const compareIcon = new LabIcon({
  name: "pressrun:compare",
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><g class="jp-icon3" fill="#616161">
    <path d="M3 4h8v16H3zm2 2v12h4V6z"/><path d="M13 4h8v16h-8zm2 2v12h4V6z"/>
    <path d="M5 8h4v2H5zM5 14h4v2H5zM15 11h4v2h-4z"/></g></svg>`,
});
