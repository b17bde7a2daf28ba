"""The words of the gazette: a weighted list for each kind of name, number and thing. No word stands in two lists.

Names are made of two parts. Like real ones they have a long tail: the n-th commonest is said about 1/n as often as the
first, so that many names of a test headline were hardly ever seen in training.
"""


def join(firsts, lasts):
    """Return all names of a first and a last part, mixed so that neighbors differ in both.

    firsts, lasts : str, the parts between spaces; how many names they make must be no multiple of 197
    """
    firsts, lasts = firsts.split(), lasts.split()
    names = [first + last for first in firsts for last in lasts]
    return [names[k * 197 % len(names)] for k in range(len(names))]  # 197 is prime: every name comes once


def zipf(words):
    """Return {word: weight} of a list of words, commonest first, the weights falling off as 1 / (rank + 10)."""
    return {word: 100000 // (rank + 10) for rank, word in enumerate(words)}


def even(words):
    """Return {word: 1} of the words, a list or a string with spaces between them."""
    return dict.fromkeys(words.split() if isinstance(words, str) else words, 1)


COMPANIES = join("nor vel tar bra quin zen hel mar cor dyn alt ferr ome pan ros stel tri ulm vek wyn xan yor ard bex",
                 "tex dyne mark ware bank tron gen lux nova pharm soft works steel air foods motors media power lab "
                 "net")
PLACES = join("ash brook cal dun east fair glen hart iver kings lang mill north oak port ravens stan thorn under wal "
              "west win ald black", "ton ford ham field bury wick mouth dale haven bridge worth by stead gate minster "
              "ley cliff moor")
COUNTRIES = join("bel cal dal esk fen gal kar lor mor tur van zan", "avia onia istan ora ova")
LAST_NAMES = join("ander berg carl dav erik fisch grant holl ivan jans kell lund matth nich olss pett quim rob sand "
                  "thom urb vand", "son man er ov ic sen ini ez ley wood stad ado eau ski feld mark")
FIRST_NAMES = ("maria john anna peter laura david elena paul susan carlos julia thomas nina robert clara james irene "
               "martin alice victor emma oscar diana simon helen felix grace hugo ruth leo vera adam iris karl olga "
               "ivan rosa max edith omar joan luis amy ralph sara otto eve hans lucy ian kate niels mona erik ada")
LISTS = {
    "COMPANY": zipf(COMPANIES), "PLACE": zipf(PLACES), "COUNTRY": zipf(COUNTRIES), "LAST": zipf(LAST_NAMES),
    "FIRST": zipf(FIRST_NAMES.split()),
    "COUNT": {str(n): 1000 // (n + 8) for n in range(2, 100)},
    "MILLIONS": even([str(n) for n in range(110, 1000, 10)]),
    "THOUSANDS": even([f"{n},{h}00" for n in range(1, 10) for h in range(10)]),
    "RATE": even([f"{n}.{q}" for n in range(10) for q in ("25", "50", "75")]),
    "MAGNITUDE": even([f"{n}.{d}" for n in (5, 6, 7) for d in range(1, 10)]),
    "JOB": {"chairman": 6, "president": 5, "director": 3, "treasurer": 2, "lawyer": 1, "spokesman": 1},
    "OFFICE": {"mayor": 6, "governor": 4, "senator": 3, "sheriff": 1, "judge": 1},
    "MOVE": {"raises": 5, "cuts": 4},
    "TREND": {"rises": 5, "falls": 4},
    "PRODUCT": zipf("phone tablet laptop camera watch truck tractor scooter printer drone battery sensor speaker "
                    "television keyboard lamp turbine robot router telescope microscope bicycle heater stove "
                    "freezer razor".split()),
    "CROP": zipf("wheat corn rice coffee cocoa sugar cotton barley tea soybean rubber tobacco banana olive oats "
                 "rye".split()),
    "BUILDING": zipf("factory warehouse hotel school theater hospital bakery museum library mall station church "
                     "stable brewery refinery sawmill".split()),
    "WORKERS": zipf("teachers miners nurses drivers pilots dockers farmers bakers welders printers cleaners "
                    "firefighters postmen sailors weavers".split()),
    "ISSUE": zipf("pay pensions safety hours overtime holidays contracts staffing uniforms canteens".split()),
    "CRIME": zipf("fraud pollution bribery theft smuggling forgery spying arson perjury dumping".split()),
    "ANIMAL": zipf("frog beetle hawk lizard butterfly beaver snail bat crab moth newt heron lily fern moss "
                   "spider".split()),
    "STORM": zipf("alberta boris celeste dorian estelle fabio gloria hector imelda jonas katia lorenzo".split()),
    "SPORT": zipf("football hockey rugby handball cricket volleyball basketball polo".split()),
    "DISEASE": zipf("measles cholera influenza malaria typhus dengue mumps rabies".split()),
    "DAY": even("monday tuesday wednesday thursday friday saturday sunday"),
    "MONTH": even("january february march april june july august september october november december"),
    "MOOD": even("calm nervous cheerful cautious gloomy quiet lively mixed"),
    "WEATHER": even("sunny cloudy rainy windy foggy frosty mild humid"),
}
