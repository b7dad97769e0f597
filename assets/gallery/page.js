import { open } from "../frame/open.js";
import { mount } from "./gallery.js";

open("gallery", mount);
