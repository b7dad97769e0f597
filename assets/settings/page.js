import { open } from "../frame/open.js";
import { mount as mountConnections } from "./connections.js";
import { mount as mountPrograms } from "./programs.js";
import { mount } from "./setup.js";

open("setup", async (component) => {
  await mount(component);
  await mountConnections(component);
  await mountPrograms(component);
});
