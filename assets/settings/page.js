import { open } from "../frame/open.js";
import { mount } from "./setup.js";

open("setup", mount);
