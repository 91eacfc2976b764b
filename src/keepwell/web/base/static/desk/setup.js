// The set-up offers the zone of whoever sits before it.
"use strict";

const zone = document.querySelector("[data-own-zone]");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && zone.value === "UTC" && [...zone.options].some((option) => option.value === own)) zone.value = own;
