"""What each reason code means to a person, and what to do about it.

The page, `/api/jobs/{id}/failures` and scripts show these sentences. A test holds the table to
the codes that the program can give.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """What is the matter, and what to do. `can_retry`: asking again may help."""

    title: str
    text: str
    can_retry: bool = True


_BY_ITSELF = "Nothing to do: it is tried again by itself later. Retry asks at once."
_GET_THESE = (
    "Your options left it out. Get these too, in the target's ledger, fetches it without "
    "listing anything again."
)

ADVICE: dict[str, Advice] = {
    # reaching the site
    "dns": Advice(
        "The site's address was not found",
        "Check that this computer is online and can open the site in a browser, then retry.",
    ),
    "connect_refused": Advice(
        "The site refused the connection",
        "It is probably down for the moment. Retry in a few minutes.",
    ),
    "connect_timeout": Advice(
        "The site does not answer",
        "It is down or very busy, or something between you and it blocks it. Retry later.",
    ),
    "tls": Advice(
        "The site's certificate is not trusted",
        "Check this computer's clock, and whether a virus scanner or company filter looks into "
        "encrypted connections. Then retry.",
    ),
    "tls_clock": Advice(
        "The site's certificate is not valid yet",
        "This computer's clock is wrong. Set it, then retry.",
    ),
    "proxy": Advice(
        "The proxy does not work",
        "Check net.proxy in Settings › Speed & network, and that the proxy is running. "
        "Then retry.",
    ),
    "offline": Advice(
        "This computer was offline",
        "It goes on by itself as soon as the connection is back.",
    ),
    "host_paused": Advice("The site is paused after many failures in a row", _BY_ITSELF),
    "address_refused": Advice(
        "The address is not one that may be opened",
        "It leads to a private network or to a host that does not belong to the site. If you "
        "trust it, open the artwork's page in your browser and save it there.",
    ),
    "redirect_refused": Advice(
        "The site sent us to a place that may not be opened",
        "Open the artwork's page in your browser to see where it leads. Retry if the site was "
        "being repaired.",
    ),
    "redirect_loop": Advice(
        "The site sends us round in circles",
        "A fault of the site. Open the artwork's page in your browser; retry when it works "
        "there.",
    ),
    # the transfer
    "reset": Advice("The connection broke", _BY_ITSELF),
    "stalled": Advice("The transfer stopped half-way", _BY_ITSELF),
    "too_slow": Advice(
        "The transfer was too slow",
        "Use fewer workers, or retry when the line is free.",
    ),
    "cut_short": Advice(
        "The file came cut short",
        "Half a file is never kept. Retry; if it stays like this, the site's copy is broken.",
    ),
    "no_clean_end": Advice(
        "Nobody could tell whether the file was whole",
        "The site does not say how long it is, and it did not end as such a file does. Retry.",
    ),
    "too_long": Advice(
        "More came than the site announced",
        "A proxy or filter may add to what it passes on. Retry; without a proxy if you use "
        "one.",
    ),
    "bad_reply": Advice(
        "The site's answer made no sense",
        "A passing fault of the site, or it has changed. Retry; if it stays, look for a newer "
        "Artkeep.",
    ),
    "range_mismatch": Advice(
        "The site continued with another file",
        "The half that was there was thrown away. Retry fetches the file anew.",
    ),
    "empty": Advice("The site sent nothing", "Retry in a few minutes."),
    # what the site says
    "request_refused": Advice(
        "The site does not accept the question",
        "The artwork or search may be spelt in a way that the site no longer knows. If it "
        "opens in your browser, look for a newer Artkeep.",
    ),
    "unauthorized": Advice(
        "A key is missing, or the site does not accept it",
        "Enter your key in Settings › Sites & keys and press Check. Then retry.",
    ),
    "auth_required": Advice(
        "A key is missing, or the site does not accept it",
        "Enter your key in Settings › Sites & keys and press Check. Then retry.",
    ),
    "not_permitted": Advice(
        "The site does not show this to you",
        "It may need an account that can see it (private, adults only, early access). Enter a "
        "key of such an account in Settings › Sites & keys, then retry.",
    ),
    "not_found": Advice(
        "Not there, although the site lists it",
        "Often a fault that passes. Retry in an hour; if it stays, the file was deleted.",
    ),
    "gone": Advice(
        "Deleted at the source",
        "There is nothing left to fetch. What you have stays as it is.",
        can_retry=False,
    ),
    "region_blocked": Advice(
        "The site is not available in your region",
        "A proxy in another country helps: net.proxy in Settings › Speed & network.",
    ),
    "rate_limited": Advice(
        "The site asked us to slow down",
        "Nothing to do: Artkeep waits as long as the site says and goes on by itself.",
    ),
    "paging_cap": Advice(
        "The site does not list that far back",
        "Ask in smaller parts: one model, one version, or with a date.",
    ),
    "server_error": Advice("The site has a fault of its own", _BY_ITSELF),
    "maintenance": Advice("The site is under maintenance", _BY_ITSELF),
    "challenge": Advice(
        "The site wants to see a browser",
        "Open the site once in your browser from this computer and pass its check. Then retry.",
    ),
    # the browser, and tags
    "no_browser": Advice(
        "There is no browser that can be started",
        "`artkeep doctor` and Settings › Doctor say how to get one. With a key of the "
        "site tags need no browser.",
    ),
    "browser_died": Advice(
        "The browser ended in the middle",
        "It is started again by itself. If it keeps ending, this computer may be short of"
        " memory; then use fewer workers and retry.",
    ),
    "page_shape": Advice(
        "The site's page is not what was asked for",
        "What was known before was kept. The site may have changed: look for a newer "
        "version of Artkeep, or retry with another method.",
    ),
    "login_wall": Advice(
        "The site shows this to people with a login only",
        "Log in under Settings › Sites & keys, or set a key there. Then retry.",
    ),
    "rating_gate": Advice(
        "The site does not show this rating here",
        "Log in or set a key under Settings › Sites & keys, then retry.",
    ),
    "no_tags": Advice(
        "The site's visitors gave it no tags",
        "Nothing to do: the site knows the artwork, and it has no tags.",
        can_retry=False,
    ),
    "no_tag_votes": Advice(
        "Nobody tags artworks at this site",
        "Nothing to do: this site has no community tags.",
        can_retry=False,
    ),
    # what came is not the thing
    "html": Advice(
        "A web page came instead of the file",
        "Often a login or an error page. Open the artwork in your browser to see it, then "
        "retry.",
    ),
    "json_error": Advice(
        "An error message came instead of the file",
        "The details show what the site said. Retry later.",
    ),
    "not_media": Advice(
        "What came is no picture or video",
        "It was thrown away. Open the artwork in your browser; retry if it shows there.",
    ),
    "still_not_video": Advice(
        "A still picture came instead of the video",
        "The site is probably still working on the video. Retry in an hour.",
    ),
    "too_large": Advice(
        "The file is too large",
        "It is beyond what is decoded safely (256 MiB for pictures, 4 GiB for videos). Save it "
        "with your browser if you need it.",
        can_retry=False,
    ),
    "damaged": Advice(
        "The file is damaged at the source",
        "It was fetched more than once and is broken each time. Retry if the site repairs it.",
    ),
    "checksum": Advice(
        "The file is not the one the site describes",
        "Its checksum differs. Retry; if it stays, the site changed the file without saying "
        "so.",
    ),
    "bad_media": Advice(
        "What came is not what was asked for",
        "It was thrown away. Open the artwork in your browser; retry if it shows there.",
    ),
    "no_media_url": Advice(
        "The site lists no file for this artwork",
        "It may still be in the making or hidden by its author. Retry tomorrow.",
    ),
    "withheld": Advice(
        "The site keeps this file to itself",
        "It lists the post without its file: taken down, deleted, or only for accounts that "
        "may see more. With such an account's key under Settings › Sites it comes.",
    ),
    "capture_expired": Advice(
        "The address that came with the capture has expired",
        "Open its page at the service, capture it again and import that: it completes this.",
        can_retry=False,
    ),
    # this computer
    "permission": Advice(
        "A file could not be written or read",
        "Check the permissions of the library folder, and whether another program holds the "
        "file. Then retry.",
    ),
    "disk_error": Advice(
        "The disk reports an error",
        "Check the disk and its cable; `artkeep check` shows whether files suffered. Then "
        "retry.",
    ),
    "disk_full": Advice(
        "The disk is full",
        "Make room, or lower disk.keep_free in Settings › Folders & files. Then resume.",
    ),
    "path_too_long": Advice(
        "The path would be too long",
        "Choose a library with a shorter path in Settings › Folders & files, then retry.",
    ),
    "link_in_library": Advice(
        "A link lies in the library",
        "Links are never followed. Replace the link named in the details by a real folder, or "
        "choose the folder it leads to as library. Then retry.",
    ),
    "file_changed": Advice(
        "Another program took the file away",
        "Something moves or deletes files in the library while they are written. Stop it, then "
        "retry.",
    ),
    "file_missing": Advice(
        "The file is not where it was put",
        "Somebody moved or deleted it. `artkeep check --repair` asks for it again.",
    ),
    "no_file": Advice(
        "There is no file of this artwork yet",
        "Download it first.",
    ),
    "root_offline": Advice(
        "The library folder is not there",
        "Mount or plug in its disk, then resume the job.",
    ),
    "root_read_only": Advice(
        "The library folder cannot be written",
        "Check the permissions of the folder and whether its disk is read-only. Then resume.",
    ),
    "decoder_died": Advice(
        "The picture brought the decoder down",
        "It is broken or made to do harm; it was stopped in time. The file is kept as it came. "
        "Retry only if you trust it.",
    ),
    "decoder_missing": Advice(
        "The picture decoder does not start",
        "The installation is incomplete, or memory is short. Start `launch_gui.py` again; "
        "`artkeep doctor` says more.",
    ),
    "poison": Advice(
        "The program ended three times while working on it",
        "It is left alone so that the others can go on. Retry it by itself, and report it "
        "if it happens again.",
    ),
    "failed": Advice("It did not work", "The details say why. Retry."),
    "later": Advice("Not now", _BY_ITSELF),
    "skipped": Advice("Nothing to do", "It is as it should be."),
    # what was left out
    "filtered_type": Advice("Another type", _GET_THESE, can_retry=False),
    "filtered_rating": Advice("Another rating", _GET_THESE, can_retry=False),
    "filtered_date": Advice("Another date", _GET_THESE, can_retry=False),
    "filtered_size": Advice("Too small", _GET_THESE, can_retry=False),
    "filtered_tags": Advice("Tags do not fit", _GET_THESE, can_retry=False),
    "filtered_prompt": Advice("Prompt does not fit", _GET_THESE, can_retry=False),
    "max_per_model": Advice("Enough of its model", _GET_THESE, can_retry=False),
    "deleted_by_me": Advice(
        "Deleted by me",
        "Artkeep remembers it and does not fetch it again. Restore brings it back.",
        can_retry=False,
    ),
    # how far the site was listed
    "target_not_found": Advice(
        "The site does not know it",
        "Check the spelling; the name may have changed, or the page was deleted.",
    ),
    "wrong_identity": Advice(
        "The site answered with somebody else's artworks",
        "Nothing of it was kept. Check the spelling of the name; a deleted user can cause "
        "this.",
    ),
    "unexpected_reply": Advice(
        "The site's answer was not understood",
        "Nothing of it was kept. The site has probably changed: look for a newer Artkeep.",
    ),
    "listing": Advice(
        "The list did not come to its end",
        "Resume goes on where it stopped.",
    ),
    "repeats": Advice(
        "The site's list repeats itself",
        "A fault of the site's paging. Resume in an hour; what was listed is kept.",
    ),
    "empty_pages": Advice(
        "The site sends empty pages without end",
        "Your key may not be allowed to see what is on them. Resume later, or enter another "
        "key.",
    ),
    "unreadable_page_end": Advice(
        "The site does not say whether more follows",
        "Resume in an hour to make sure that nothing is missing.",
    ),
    "rejects": Advice(
        "Some listed items could not be read",
        "The job's log names them. Look for a newer Artkeep if there are many.",
    ),
    "unknown_shape": Advice(
        "The site answers in a way that is not known",
        "The site may have changed: look for a newer Artkeep, then resume.",
    ),
    "site_changed": Advice(
        "The site does not answer as it used to",
        "Its jobs are held, and nothing counts as complete. Look for a newer Artkeep, "
        "then resume.",
    ),
    "stepped_over": Advice(
        "Some pages of the list could not be had",
        "Other ways of listing were tried. Start it again later; it tries those pages first.",
    ),
    "cap": Advice(
        "The site ends long lists early",
        "Narrower lists were tried in its place; the ledger says which part is left. With a "
        "key, a creator's posts fill it.",
    ),
    "met": Advice(
        "The rest was listed from the other end", "Nothing to do: nothing is missing here."
    ),
    "window": Advice(
        "It began in the middle of a list that was cut off",
        "Nothing to do: it fills what the walks from both ends leave out.",
    ),
    "known": Advice(
        "From there on everything is known",
        "Nothing to do: once a week it is listed to the end.",
    ),
    "not_offered": Advice(
        "The site does not answer this way of asking",
        "Nothing to do: it only counts what the others list. With a key it may answer.",
    ),
    "max_items": Advice(
        "Stopped after as many as you asked for",
        "Start it again without a limit to get the rest.",
    ),
    "deferred": Advice(
        "Some are put off", "Nothing to do: they are tried again by themselves."
    ),
    "waiting": Advice("Some still wait", "Resume goes on with them."),
    "elsewhere": Advice(
        "Another job is to fetch some of them",
        "They are counted there. Resume that job if it does not run.",
    ),
    "job_failed": Advice(
        "The job could not go on", "The details say why. Resume it after that."
    ),
    # writing into files and converting them
    "in_place": Advice(
        "It lies where it should already",
        "Nothing had to be moved.",
        can_retry=False,
    ),
    "moved_again": Advice(
        "It was moved again since",
        "Take back the later move first, then this one.",
    ),
    "name_taken": Advice(
        "Something else has its old name now",
        "Move that file away or give it another name, then retry.",
    ),
    "work_unfinished": Advice(
        "Another job is in the middle of changing it",
        "Let that job go on to its end, then retry.",
    ),
    "nothing_new": Advice(
        "There was nothing to do",
        "It holds all of it already, or was converted like this before.",
        can_retry=False,
    ),
    "not_fetched": Advice(
        "It is your own file, not a download",
        "What nobody could fetch again is not replaced. Keep the originals, or allow it for "
        "once (`--replace-own`).",
        can_retry=False,
    ),
    "no_gain": Advice(
        "It would not become smaller",
        "The new file would not save at least 5%, so the original stays.",
        can_retry=False,
    ),
    "sixteen_bit": Advice(
        "It has 16 bits a sample",
        "The new file would have 8. Allow that in the Converter to convert it all the same.",
        can_retry=False,
    ),
    "cmyk_without_profile": Advice(
        "Its CMYK colours are not defined",
        "It has no profile that says what they are; the original stays.",
        can_retry=False,
    ),
    "colour_profile": Advice(
        "Its colours cannot be carried over",
        "Its colour profile does not fit the new format; the original stays.",
        can_retry=False,
    ),
    "already_webp": Advice(
        "It is a WebP already",
        "Encoding it again would only cost quality.",
        can_retry=False,
    ),
    "video": Advice(
        "Videos are not converted",
        "They stay as they are.",
        can_retry=False,
    ),
    "not_convertible": Advice(
        "Files of its type are not converted",
        "It stays as it is.",
        can_retry=False,
    ),
    "animated": Advice(
        "Its animation would not be kept",
        "Frames or their timing would change, so the original stays.",
        can_retry=False,
    ),
    "no_delays": Advice(
        "Nobody knows how long each of its pictures is shown",
        "Download it again: the site is asked once more. The pictures are kept.",
        can_retry=False,
    ),
    "alpha_not_kept": Advice(
        "Its transparency would change",
        "WebP keeps it: convert it to that.",
        can_retry=False,
    ),
    "trailing_data": Advice(
        "Something else lies behind the picture",
        "Data after the end of the picture would be lost, so the original stays.",
        can_retry=False,
    ),
    "proof_failed": Advice(
        "The new file is not the same picture",
        "It was thrown away and the original stays. A higher quality may do.",
    ),
    "metadata_not_kept": Advice(
        "What is written inside would not be kept",
        "The original stays. The details name what it is; report it, for it should not happen.",
        can_retry=False,
    ),
    "converter_died": Advice(
        "The file brings the converter down",
        "It takes too much memory or time, or is made to do harm. The original stays.",
    ),
    "embedder_died": Advice(
        "The file brings the program that writes into it down",
        "It takes too much memory or time, or is made to do harm. It stays as it is.",
    ),
    "write_protected": Advice(
        "The file is write-protected",
        "Somebody wants it to stay as it is. Take the protection off and retry if not.",
    ),
    "not_a_file": Advice(
        "Something else lies where the file should be",
        "Look at the path in the details and move it away, then retry.",
    ),
    "no_name": Advice(
        "No free name for the new file",
        "Too many files of this name lie there. Tidy the folder, then retry.",
    ),
    "read_back_differs": Advice(
        "What was written does not read back",
        "The copy was thrown away and the file is untouched. Retry; report it if it stays.",
    ),
    "picture_changed": Advice(
        "Writing would change the picture",
        "The copy was thrown away and the file is untouched. Please report it.",
        can_retry=False,
    ),
    "profile_changed": Advice(
        "Writing would change the colour profile",
        "The copy was thrown away and the file is untouched. Please report it.",
        can_retry=False,
    ),
    "text_lost": Advice(
        "Writing would lose a text inside",
        "The copy was thrown away and the file is untouched. Please report it.",
        can_retry=False,
    ),
    "unknown_type": Advice(
        "It is no picture or video of a known kind",
        "Its bytes do not begin like one. `artkeep check --hashes` tells whether it suffered.",
        can_retry=False,
    ),
    "bad_exif": Advice(
        "Its EXIF block is broken",
        "It is left alone rather than made worse.",
        can_retry=False,
    ),
    "exiftool_failed": Advice(
        "The program exiftool could not do it",
        "The details say why. The file is untouched; retry after that.",
    ),
    "bad_file_name": Advice(
        "This name cannot be given to exiftool",
        "Rename the file or its folder (no line breaks), then retry.",
    ),
    "part_exists": Advice(
        "A temporary file is in the way",
        "The next start removes it. Retry after that.",
    ),
    "bug": Advice(
        "An error of the program",
        "Please report it with the log from Settings › Logs. Resume tries again.",
    ),
}


def advise(reason: str) -> Advice:
    """The words for a reason; for one that only a newer Artkeep knows, its own code."""
    known = ADVICE.get(reason)
    return known or Advice(
        reason.replace("_", " ").capitalize(), "The details say more. Retry."
    )
