import { open } from "../frame/open.js";
import { mount } from "./statistics.js";

open("statistics", mount);
