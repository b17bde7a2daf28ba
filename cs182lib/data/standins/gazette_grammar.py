"""The grammar of the gazette: kinds of events, how headlines put them, and how articles tell them.

Upper-case words are slots, filled from the list of that name (LIST_OF says which, where the names differ); all other
words stand as they are. A kind has a weight; `headlines`, phrasings with weights, each telling every fact of the event;
`told`, groups of sentences of which an article has one each, and which tell all facts, but never all in one sentence;
and `asides`, sentences about others of the same sort. OTHER_ and THIRD_ slots never hold a word of the event.
"""

from typing import NamedTuple

LIST_OF = {"TARGET": "COMPANY", "WINNER": "PLACE", "LOSER": "PLACE"}  # slots that play a part of their own


class Kind(NamedTuple):
    """One kind of event.

    weight : int, how often it is drawn, among all kinds
    headlines : dict from phrasing to weight
    told : tuple of groups of sentences, each a tuple of str; an article has one sentence of each group
    asides : tuple of str, sentences about others of the same sort
    """

    weight: int
    headlines: dict  # from phrasing to weight
    told: tuple  # of groups of sentences
    asides: tuple  # of sentences


BY_COMPANY = ("COMPANY said so on DAY .", "the news came from COMPANY on DAY .", "COMPANY called the press on DAY .")
AT_PLACE = ("it happened in PLACE on DAY .", "the people of PLACE talk of nothing else .",
            "PLACE was full of reporters .")
IN_COUNTRY = ("it is official in COUNTRY since DAY .", "the government of COUNTRY was content .")
ABOUT_PERSON = ("all eyes are on FIRST LAST now .", "reporters waited for FIRST LAST on DAY .",
                "it made FIRST LAST famous .")
MONEY = ("the sum is MILLIONS million dollars .", "it costs MILLIONS million dollars in all .")
CHANGE = ("the change is COUNT percent .", "compared with last year that is COUNT percent .")
KINDS = {
    "takeover": Kind(
        14, {"COMPANY to buy TARGET for MILLIONS million dollars": 85,
             "TARGET accepts MILLIONS million dollar bid from COMPANY": 10,
             "merger of COMPANY and TARGET worth MILLIONS million dollars": 5},
        (BY_COMPANY,
         ("the owners of TARGET welcomed the offer .", "TARGET will become part of the larger company ."),
         MONEY),
        ("OTHER_COMPANY bought THIRD_COMPANY last year for OTHER_MILLIONS million dollars .",
         "OTHER_COMPANY had made a lower bid of OTHER_MILLIONS million dollars .",
         "THIRD_COMPANY , a rival , did not comment .")),
    "appointment": Kind(
        10, {"COMPANY names FIRST LAST as JOB": 85, "FIRST LAST to become JOB of COMPANY": 10,
             "new JOB of COMPANY is FIRST LAST": 5},
        (BY_COMPANY,
         ("the new JOB will start in MONTH .", "the task of JOB had been open for COUNT weeks ."),
         ABOUT_PERSON),
        ("OTHER_FIRST OTHER_LAST left the firm in MONTH .", "OTHER_COMPANY is also looking for a OTHER_JOB .",
         "OTHER_FIRST OTHER_LAST of OTHER_COMPANY sent good wishes .")),
    "quake": Kind(
        7, {"quake of magnitude MAGNITUDE hits PLACE , COUNT hurt": 85,
            "COUNT hurt as magnitude MAGNITUDE quake shakes PLACE": 15},
        (AT_PLACE,
         ("experts put the magnitude at MAGNITUDE .", "a magnitude of MAGNITUDE was measured ."),
         ("doctors treated COUNT people for wounds .", "falling bricks wounded COUNT people .")),
        ("a quake of OTHER_MAGNITUDE struck OTHER_PLACE years ago .", "OTHER_PLACE felt nothing .",
         "OTHER_COUNT helpers came from THIRD_PLACE .")),
    "match": Kind(
        10, {"WINNER beats LOSER by COUNT points in SPORT": 85, "WINNER tops SPORT rival LOSER by COUNT": 10,
             "LOSER loses to WINNER by COUNT in SPORT": 5},
        (("the fans of WINNER sang all night .", "WINNER took home the cup on DAY ."),
         ("for LOSER it was a sad evening .", "LOSER missed too many chances ."),
         ("the final lead was COUNT points .", "in the end COUNT points made the difference ."),
         ("it was the best SPORT match of the season .", "more people than ever came to see SPORT .")),
        ("OTHER_PLACE plays THIRD_PLACE next DAY .", "OTHER_PLACE had lost by OTHER_COUNT points in MONTH .",
         "tickets for OTHER_SPORT are sold out .")),
    "rates": Kind(
        8, {"COUNTRY central bank MOVE key rate to RATE percent": 85,
            "central bank of COUNTRY MOVE rate , now at RATE percent": 15},
        (IN_COUNTRY,
         ("credit will cost RATE percent from now on .", "the new rate is RATE percent ."),
         ("the bank MOVE rates because of prices .", "it is the second time this year that the bank MOVE rates .")),
        ("in OTHER_COUNTRY the rate stays at OTHER_RATE percent .", "OTHER_COUNTRY will decide in MONTH .",
         "a year ago the rate was OTHER_RATE percent .")),
    "earnings": Kind(
        12, {"COMPANY profit TREND COUNT percent on PRODUCT sales": 85,
             "PRODUCT maker COMPANY says profit TREND by COUNT percent": 15},
        (BY_COMPANY,
         ("profit TREND because of what it sells .", "it is a year in which profit TREND , the chief said ."),
         CHANGE,
         ("it earns most of its money with the PRODUCT .", "its main product is the PRODUCT .")),
        ("OTHER_COMPANY will report in MONTH .", "sales of the OTHER_PRODUCT did not change .",
         "analysts had expected OTHER_COUNT percent .", "OTHER_COMPANY makes a OTHER_PRODUCT too .")),
    "layoffs": Kind(
        8, {"COMPANY to cut THOUSANDS jobs in PLACE": 85, "THOUSANDS to lose jobs at COMPANY plant in PLACE": 15},
        (BY_COMPANY, AT_PLACE,
         ("about THOUSANDS workers will have to go .", "the plant will close , and THOUSANDS workers with it .")),
        ("the plant in OTHER_PLACE stays open .", "OTHER_COMPANY hired OTHER_THOUSANDS people in MONTH .",
         "OTHER_COMPANY in OTHER_PLACE offered help .")),
    "strike": Kind(
        6, {"WORKERS in PLACE strike over ISSUE": 85, "PLACE WORKERS walk out in row over ISSUE": 15},
        (AT_PLACE,
         ("the WORKERS said they would not give in .", "a union of WORKERS had called for action ."),
         ("they complain about ISSUE .", "talks about ISSUE broke down on DAY .")),
        ("OTHER_WORKERS in OTHER_PLACE may follow .", "a strike over OTHER_ISSUE ended in MONTH .",
         "the mood in OTHER_PLACE is MOOD .")),
    "fire": Kind(
        7, {"fire destroys BUILDING in PLACE , COUNT saved": 85, "COUNT saved from burning BUILDING in PLACE": 15},
        (AT_PLACE,
         ("nothing is left of the BUILDING .", "flames had come out of the BUILDING ."),
         ("helpers brought out COUNT people alive .", "ladders saved COUNT people .")),
        ("a OTHER_BUILDING in OTHER_PLACE burned down in MONTH .", "the OTHER_BUILDING next door was not harmed .",
         "OTHER_COUNT firemen came from OTHER_PLACE .")),
    "election": Kind(
        7, {"FIRST LAST wins race for OFFICE of PLACE": 85, "PLACE elects FIRST LAST as its OFFICE": 15},
        (AT_PLACE, ABOUT_PERSON,
         ("the office of OFFICE is held for four years .", "a new OFFICE will be sworn in soon .")),
        ("OTHER_FIRST OTHER_LAST came second .", "OTHER_PLACE will vote for a OTHER_OFFICE in MONTH .",
         "OTHER_FIRST OTHER_LAST had OTHER_COUNT percent of the votes .")),
    "launch": Kind(
        7, {"COMPANY unveils PRODUCT for COUNT dollars": 85, "COUNT dollar PRODUCT unveiled by COMPANY": 15},
        (BY_COMPANY,
         ("its latest idea is a PRODUCT .", "people cheered when the PRODUCT was shown ."),
         ("it will sell for COUNT dollars .", "shops will ask COUNT dollars .")),
        ("OTHER_COMPANY sells a OTHER_PRODUCT for OTHER_COUNT dollars .", "the OTHER_PRODUCT will come later .",
         "OTHER_COMPANY showed nothing new .")),
    "verdict": Kind(
        7, {"court fines COMPANY MILLIONS million dollars for CRIME": 85,
            "COMPANY fined MILLIONS million dollars in CRIME case": 15},
        (BY_COMPANY,
         ("a judge found that CRIME had gone on for years .", "the charge was CRIME ."),
         MONEY),
        ("OTHER_COMPANY was cleared of OTHER_CRIME .", "OTHER_COMPANY once paid OTHER_MILLIONS million dollars .",
         "lawyer OTHER_FIRST OTHER_LAST will appeal .")),
    "harvest": Kind(
        6, {"COUNTRY CROP harvest TREND COUNT percent": 85, "CROP harvest in COUNTRY TREND by COUNT percent": 15},
        (IN_COUNTRY,
         ("they brought in the CROP .", "silos hold the CROP ."),
         ("the harvest TREND because of the weather .", "it is no surprise that the harvest TREND ."),
         CHANGE),
        ("the OTHER_CROP of OTHER_COUNTRY was poor .", "prices of OTHER_CROP moved by OTHER_COUNT percent .",
         "OTHER_COUNTRY waits for rain .")),
    "storm": Kind(
        5, {"storm STORM takes power from THOUSANDS homes in PLACE": 85,
            "THOUSANDS homes in PLACE dark after storm STORM": 15},
        (AT_PLACE,
         ("the storm was named STORM .", "nobody had expected so much wind from STORM ."),
         ("about THOUSANDS homes have no light .", "lamps went out in THOUSANDS homes .")),
        ("in OTHER_PLACE only OTHER_THOUSANDS homes were hit .", "a storm called OTHER_STORM follows in MONTH .",
         "OTHER_PLACE was spared .")),
    "species": Kind(
        4, {"rare ANIMAL found near PLACE by FIRST LAST": 85, "FIRST LAST discovers rare ANIMAL in PLACE": 15},
        (AT_PLACE,
         ("it is a ANIMAL that no book describes .", "the ANIMAL was thought to be extinct ."),
         ABOUT_PERSON),
        ("OTHER_FIRST OTHER_LAST wrote a book about the OTHER_ANIMAL .", "in OTHER_PLACE lives a OTHER_ANIMAL .",
         "a museum in OTHER_PLACE keeps a OTHER_ANIMAL .")),
    "outbreak": Kind(
        4, {"DISEASE outbreak in PLACE infects COUNT": 85, "COUNT in PLACE infected with DISEASE": 15},
        (AT_PLACE,
         ("tests showed that it is DISEASE .", "the cause is DISEASE ."),
         ("so far COUNT people are ill .", "since DAY doctors have seen COUNT patients .")),
        ("OTHER_PLACE had OTHER_DISEASE in MONTH .", "OTHER_COUNT people in OTHER_PLACE are well again .",
         "there is no vaccine against OTHER_DISEASE .")),
}
ASIDES = (  # in any article
    "the weather was WEATHER .", "markets were MOOD on DAY .", "nobody in OTHER_PLACE had heard of it .",
    "OTHER_FIRST OTHER_LAST was not surprised .", "shares of OTHER_COMPANY did not move .",
    "more news is expected in MONTH .", "a talk with OTHER_FIRST OTHER_LAST was put off .",
    "the mood in OTHER_COUNTRY was MOOD .", "OTHER_COMPANY of OTHER_COUNTRY had no comment .",
)
