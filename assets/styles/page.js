import { open } from "../frame/open.js";
import { mount } from "./styles.js";

open("styles", mount);
