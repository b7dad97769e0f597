// The examples page is served as it stands; its script draws the frame around it.
import { mount } from "../frame/header.js";

const header = document.getElementById("header");
if (header) mount({ element: header });
