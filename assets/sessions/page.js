import { open } from "../frame/open.js";
import { mount } from "./sessions.js";

open("sessions", mount);
