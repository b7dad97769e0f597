import { open } from "../frame/open.js";

open("reference", () => {}); // the page is there already: only the frame is to be drawn
