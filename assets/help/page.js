// The help page is served as it is read; its script draws the frame around it, and the search.
import { mount as mountHeader } from "../frame/header.js";
import { mount } from "./search.js";

const [header, element] = [document.getElementById("header"), document.getElementById("help")];
if (header) mountHeader({ element: header });
if (element) mount({ element });
