import { open } from "../frame/open.js";
import { mount } from "./desk.js";

open("desk", mount);
