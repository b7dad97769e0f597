import { open } from "../frame/open.js";
import { mount } from "./experiments.js";

open("experiments", mount);
