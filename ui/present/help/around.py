"""What the help says of keys, money, audiences, and the computers that all runs on."""

from __future__ import annotations

from backend.said import msg
from ui.present.help.topic import Topic

REAL_MODELS = Topic(
    "real-models",
    msg("Use the real models"),
    # Translators: words by which a topic of the help is found
    msg("key account platform api curl connect"),
    msg("The settings: a cURL example was pasted, and the key that was found in it is named."),
    first=(
        msg("For real images you need an account on the platform, and the key that it gives you."),
    ),
    steps=(
        msg(
            "In your account on the platform, copy the cURL example: it holds the address and"
            " your key."
        ),
        msg(
            "Open {settings_page} and paste it whole into {paste}. Below stands what was found"
            " in it."
        ),
        msg("Press {test}. It asks for your models and your balance, and costs nothing."),
        msg("Press {save}. It applies at once; the header now names the platform."),
    ),
    then=(
        msg(
            "Your key is kept in a file on this computer and sent to its own platform alone."
            " It is in no image, and no page shows it whole."
        ),
        msg("Other clouds are added on the same page, below {connections}."),
    ),
)

MONEY = Topic(
    "money",
    msg("What it costs"),
    # Translators: words by which a topic of the help is found
    msg("money price pay credit balance dollars limit budget charged twice free"),
    msg("Generate with its price, what is left today, and a card: May have been charged."),
    first=(
        msg(
            "{generate} says before you press what the images cost at list prices. Below it"
            " stands what is left of today's limits and of your balance."
        ),
        msg(
            "The sample engine costs nothing, and an image that was made before with the same"
            " seed and settings comes from your disk, free."
        ),
        msg(
            "In {settings_page}, below {limits}, you say how many requests and how many US"
            " dollars a day may be spent. Beyond that nothing is sent."
        ),
        msg(
            "What may have been paid for is never sent again by itself, not after a lost"
            " connection and not after a restart."
        ),
        msg(
            "{doubt} on a card means: the request went out, but no image came back, so nobody"
            " knows whether it was charged."
        ),
        msg("Then you decide: {retry} asks once more, {dismiss} puts the card away."),
        msg("{statistics_page} shows money, images and seconds for each day and model."),
    ),
)

DEMO = Topic(
    "demo",
    msg("A demo evening"),
    # Translators: words by which a topic of the help is found
    msg("session audience room projector phone code vote stage rehearsal desk show"),
    msg("The presenter's desk: an idea to approve, a picture to show, and the room's code."),
    first=(
        msg(
            "People in the room scan a code with their phones, send ideas, and see them made on"
            " the projector. They need no account and no app."
        ),
    ),
    steps=(
        msg(
            "Open {desk_page}. Choose a model and how many images there may be, in all and for"
            " each person: what that costs at most stands there. Press {start}."
        ),
        msg("Press {stage}, drag the new window to the projector and press {full_screen} in it."),
        msg("Scan the code with your own phone. Once it says that it works, press {let_in}."),
        msg("{approve} has an idea made, {show} brings a picture to the projector."),
        msg(
            "At the end, {end} leaves the images in your gallery, without names. {forget}"
            " deletes images, words and visitors for good."
        ),
    ),
    then=(
        msg("Nothing is made and nothing is shown without you, unless you allow it."),
        msg(
            "Phone and computer have to be in the same Wi-Fi; a guest network may keep them apart."
        ),
        msg("Try it alone beforehand: with the sample engine an evening costs nothing."),
    ),
)

OWN_GPU = Topic(
    "own-gpu",
    msg("Your own graphics card"),
    # Translators: words by which a topic of the help is found
    msg("gpu local server home comfyui forge automatic1111 stable diffusion free connection"),
    msg("The settings with a connection of one's own, and the form to add another one."),
    first=(
        msg(
            "With a graphics card of your own you need no cloud, no account and no key, and the"
            " images cost nothing."
        ),
    ),
    steps=(
        msg(
            "Install and start one of these: stable-diffusion.cpp, ComfyUI, or AUTOMATIC1111,"
            " Forge or SD.Next with the options {api}."
        ),
        msg("Open {settings_page}, go to {connections}, and choose the {kind}."),
        msg(
            "Give it a short name. {address} may stay empty for the first two; for the others"
            " it is {card_address}."
        ),
        msg("Press {test}, which asks what the server has, and then {add}."),
        msg("On {create_page} its models now stand under the name that you gave it."),
    ),
    then=(
        msg(
            "In ComfyUI each workflow is a model. How to prepare one stands in the"
            " program's file {readme}, below “Your own GPU”."
        ),
    ),
)

SEVERAL_MACHINES = Topic(
    "several-machines",
    msg("Several computers"),
    # Translators: words by which a topic of the help is found
    msg("network login password lan server machines share team postgresql cluster"),
    msg("The page on which others log in, with their name and the password."),
    first=(
        msg(
            "The playground answers on its own computer alone. Others on your network reach it"
            " when it is started in a terminal with the option {host}, for example {run}."
        ),
        msg(
            "It then makes a password and writes it there, with its address. Nobody comes in"
            " without it."
        ),
        msg("Whoever logs in sees the same gallery, and spends from the same balance and limits."),
        msg("For a demo evening you need none of this: phones have a door of their own."),
        msg(
            "For many people several computers can serve one gallery together, with a database"
            " and an image store that they share. Visitors may reach any of them."
        ),
        msg(
            "Limits are counted for all together. When one of them stops, the others take over"
            " what it had not sent yet."
        ),
        msg(
            "To set that up is work for somebody who looks after servers: the file {readme}"
            " tells it, below “Several machines”."
        ),
    ),
)
